package rpc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"parley/adapters/rpc"
)

// Whoever asks says where the answer goes, and the server may publish anywhere:
// it answers nobody but those who asked.
func TestAnAnswerGoesToWhoAsked(t *testing.T) {
	w := newWorld(t, 8<<20)
	served := w.serve()
	nc := w.connect("sam")
	listener := w.connect("")
	everything, err := listener.SubscribeSync(">")
	if err := errors.Join(err, listener.Flush()); err != nil {
		t.Fatal(err)
	}
	head := nats.Header{"Parley-Protocol": {rpc.Protocol}}
	for _, reply := range []string{"es.case.GLO-26-0001", "$JS.API.STREAM.DELETE.ES", "_INBOX_jo.x", "_INBOX_sam", "_INBOX_samuel.x"} {
		if err := nc.PublishMsg(&nats.Msg{Subject: "parley.v1.sam.about", Reply: reply, Data: []byte("{}"), Header: head}); err != nil {
			t.Fatal(err)
		}
	}
	own := nats.Msg{Subject: "parley.v1.sam.about", Reply: rpc.Inbox("sam") + ".x", Data: []byte("{}"), Header: head}
	if err := nc.PublishMsg(&own); err != nil {
		t.Fatal(err)
	}
	look := func() (own bool) {
		m, err := everything.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != rpc.Inbox("sam")+".x" && m.Subject != "parley.v1.sam.about" && !strings.HasPrefix(m.Subject, "$SRV.") {
			t.Errorf("an answer went to %s", m.Subject)
		}
		return m.Subject == rpc.Inbox("sam")+".x"
	}
	for !look() { // what was asked before is taken up before
	}
	if err := errors.Join(served.Stop(t.Context()), listener.Flush()); err != nil { // all are answered that are to be
		t.Fatal(err)
	}
	for n, _, _ := everything.Pending(); n > 0; n-- {
		if look() {
			t.Error("who asked is answered twice")
		}
	}
}

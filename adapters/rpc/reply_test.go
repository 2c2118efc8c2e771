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
	answer, err := nc.SubscribeSync(own.Reply)
	if err := errors.Join(err, nc.PublishMsg(&own)); err != nil {
		t.Fatal(err)
	}
	if _, err := answer.NextMsg(10 * time.Second); err != nil { // then those before it have been taken
		t.Fatal(err)
	}
	if err := errors.Join(nc.Flush(), served.Stop(t.Context()), listener.Flush()); err != nil { // all are answered that are to be
		t.Fatal(err)
	}
	answered := 0
	for n, _, _ := everything.Pending(); n > 0; n-- {
		m, err := everything.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case m.Subject == own.Reply:
			answered++
		case m.Subject != own.Subject && !strings.HasPrefix(m.Subject, "$SRV."):
			t.Errorf("an answer went to %s", m.Subject)
		}
	}
	if answered != 1 {
		t.Errorf("%d answers to who asked", answered)
	}
}

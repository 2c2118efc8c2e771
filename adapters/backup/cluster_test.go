package backup_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"parley/adapters/backup"
	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/events"
)

// cluster starts three servers on this machine's loopback, which find one
// another in a while, and returns a connection to one.
func cluster(t *testing.T) *nats.Conn {
	t.Helper()
	var routes []*url.URL
	for _, address := range natstest.Vacant(t, 3) {
		routes = append(routes, &url.URL{Scheme: "nats", Host: address})
	}
	var first *server.Server
	for i, route := range routes {
		port, err := strconv.Atoi(route.Port())
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("node-", i), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}, Routes: routes,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: 8 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if first == nil {
			first = s
		}
	}
	if !first.ReadyForConnections(10 * time.Second) {
		t.Fatal("the first server does not start")
	}
	nc, err := nats.Connect(first.ClientURL(), nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// TestFromOneNodeToThree: a backup of an embedded store restores into a cluster
// with three replicas, and one of that into a folder again: all hold the same.
func TestFromOneNodeToThree(t *testing.T) {
	root := t.TempDir()
	p := begin(t, filepath.Join(root, "store"), nil)
	for i := range 6 {
		logtest.Fill(t, p.log, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), 50, "a note")
	}
	want := stored(t, p.log)
	first := take(t, p.log, p.request(t, t.TempDir()))
	p.close(t)

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	l, err := openInCluster(ctx, cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, first.Path, nil, l, nil); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, stored(t, l), want)
	if r := logtest.Audit(t, l); !r.OK() || r.Commits != len(want) {
		t.Errorf("the audit says %+v", r)
	}
	last, err := l.Last(ctx)
	if err != nil || backup.Mark(last) != first.Report.Header.To {
		t.Errorf("it ends with %v, %v", last, err)
	}
	r := backup.Request{Store: whose, UpTo: backup.Mark(last), Folder: t.TempDir(), Now: taken, Free: func(string) (uint64, error) { return 1 << 40, nil }}
	second := take(t, l, r)
	path := filepath.Join(root, "back")
	if _, err := restore(ctx, second.Path, path, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	mustBeTheSameStore(t, path, nil, want)
}

// openInCluster begins the log with three replicas, as soon as that can be had.
func openInCluster(ctx context.Context, nc *nats.Conn) (l *natslog.Log, err error) {
	for ctx.Err() == nil {
		try, cancel := context.WithTimeout(ctx, 2*time.Second) // without a leader nobody answers
		l, err = natslog.Open(try, nc, natslog.Guard{Replicas: 3})
		cancel()
		if err == nil {
			return l, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, err
}

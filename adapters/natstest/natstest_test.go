package natstest_test

import (
	"os"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natstest"
)

func TestMain(m *testing.M) {
	if natstest.Serve() {
		return
	}
	os.Exit(m.Run())
}

func TestAClusterOutlivesItsLeader(t *testing.T) {
	c := natstest.Start(t)
	js, err := jetstream.New(c.Connect(natstest.Init))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "s", nil); err != nil {
		t.Fatal(err)
	}
	first := c.Leader("S")
	c.Kill(first)
	if second := c.Leader("S"); second == first {
		t.Errorf("server %d leads though it was killed", first)
	}
	c.Restart(first)
	for _, i := range []int{0, 1, 2} {
		c.Kill(i)
	}
	for _, i := range []int{0, 1, 2} {
		c.Restart(i)
	}
	c.Leader("S")
	s, err := js.Stream(t.Context(), "S")
	if err != nil || s.CachedInfo().State.Msgs != 1 {
		t.Errorf("after all were killed: %v", err)
	}
}

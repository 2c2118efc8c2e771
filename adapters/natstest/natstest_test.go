package natstest_test

import (
	"context"
	"os"
	"testing"
	"time"

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

// A leader that is cut off acknowledges nothing, the other two go on without it,
// and it comes back with what they have.
func TestALeaderIsCutOff(t *testing.T) {
	c := natstest.StartApart(t)
	js, err := jetstream.New(c.Connect(natstest.Init))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	publish := func(id string) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := js.Publish(ctx, "s", nil, jetstream.WithMsgID(id))
		return err
	}
	first := c.Leader("S")
	c.Isolate(first)
	if js, err = jetstream.New(c.ConnectTo(natstest.Init, first)); err != nil {
		t.Fatal(err)
	}
	if err := publish("cut off"); err == nil {
		t.Error("a leader that is cut off acknowledged something")
	}
	if js, err = jetstream.New(c.ConnectTo(natstest.Init, (first+1)%3)); err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(time.Minute); publish("one") != nil; {
		if time.Now().After(late) {
			t.Fatal("the other two take nothing")
		}
	}
	c.Rejoin(first)
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		s, err := js.Stream(t.Context(), "S")
		if err == nil && s.CachedInfo().State.Msgs == 1 && len(s.CachedInfo().Cluster.Replicas) == 2 &&
			s.CachedInfo().Cluster.Replicas[0].Current && s.CachedInfo().Cluster.Replicas[1].Current {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("it does not come back: %v", err)
		}
	}
}

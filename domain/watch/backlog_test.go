package watch

import (
	"context"
	"testing"
	"time"

	"parley/domain/alerting"
)

// slowBook is a Book that is a while about its deadlines, of which there are none.
type slowBook struct {
	Book
	began, goOn chan struct{}
}

func (b slowBook) Deadlines(context.Context, string, func(alerting.Deadline) bool) error {
	close(b.began)
	<-b.goOn
	return nil
}

// A sweep begins, as when the policy has changed, while a backlog is counted by the
// policy that was.
func TestACountThatWasBegunBeforeASweepIsNotKept(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := slowBook{began: make(chan struct{}), goOn: make(chan struct{})}
	w := New(Config{Book: b, Clock: func() time.Time { return now }})
	counted := make(chan error, 1)
	go func() {
		_, err := w.backlog(t.Context(), scene{})
		counted <- err
	}()
	<-b.began
	w.tally.forget()
	close(b.goOn)
	if err := <-counted; err != nil || w.tally.known(now) != nil {
		t.Errorf("%v: a backlog is known that was counted by what was known before", err)
	}
}

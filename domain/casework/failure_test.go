package casework_test

import (
	"context"
	"errors"
	"testing"

	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
)

func TestAnUncertainAppendIsRecordedOnce(t *testing.T) {
	for what, f := range map[string]fault{"stored": unheard, "lost": lost} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			ref, how := o.open(), by("j.doe")
			o.log.onAppend = once(events.KindCase, f)
			out := o.does(o.desk(), ref, note("a"), how)
			if out.Version != 2 || out.Repeated != (f == unheard) || len(out.Facts) != 1 || out.Position == 0 {
				t.Errorf("%+v", out)
			}
			if n := o.commits(ref); n != 2 {
				t.Errorf("%d commits", n)
			}
		})
	}
	t.Run("lost for good", func(t *testing.T) {
		o := newOffice(t)
		ref := o.open()
		o.log.onAppend = func(events.Sealed) fault { return lost }
		if _, err := o.desk().Handle(context.Background(), ref, note("a"), by("j.doe")); !errors.Is(err, casework.ErrUncertain) {
			t.Error(err)
		}
	})
	t.Run("and then another attempt fails for good", func(t *testing.T) {
		o := newOffice(t)
		ref, desk := o.open(), o.desk()
		tried := 0
		o.log.onAppend = func(events.Sealed) fault { // what was sent first may still come to be stored
			if tried++; tried == 1 {
				return lost
			}
			return broken
		}
		if _, err := desk.Handle(context.Background(), ref, note("a"), by("j.doe")); !errors.Is(err, casework.ErrUncertain) || !errors.Is(err, errBroken) {
			t.Errorf("it may be stored yet, and the sender was told: %v", err)
		}
	})
	t.Run("and then the log does not read", func(t *testing.T) {
		o := newOffice(t)
		ref, desk := o.open(), o.desk()
		o.does(desk, ref, note("known"), by("j.doe"))
		how := by("j.doe")
		o.log.onAppend = once(events.KindCase, unheard)
		o.log.onRead = func(events.Aggregate) error { return errBroken }
		if _, err := desk.Handle(context.Background(), ref, note("a"), how); !errors.Is(err, casework.ErrUncertain) || !errors.Is(err, errBroken) {
			t.Errorf("it may have been stored, and the sender was told: %v", err)
		}
		o.log.onRead = nil
		if out := o.does(desk, ref, note("a"), how); !out.Repeated || o.commits(ref) != 3 {
			t.Errorf("%+v", out)
		}
	})
}

func TestALogThatDoesNotRead(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	desk := o.desk()
	o.log.onRead = func(events.Aggregate) error { return errBroken }
	if _, err := desk.Handle(context.Background(), ref, note("a"), by("j.doe")); !errors.Is(err, errBroken) || errors.Is(err, casework.ErrUncertain) {
		t.Error(err)
	}
	o.log.onRead = nil
	o.does(desk, ref, note("a"), by("j.doe"))
	how, correction := by("j.doe"), negotiation.Correct{Event: events.EventID{Version: 2, Index: 1}, Why: "x", Retract: true}
	var reads int
	o.log.onRead = func(events.Aggregate) error { // the rule's own read, then the one that folds afresh
		if reads++; reads > 1 {
			return errBroken
		}
		return nil
	}
	if out := o.does(desk, ref, correction, how); out.Version != 3 || reads != 2 {
		t.Errorf("what was stored is stored: %+v after %d reads", out, reads)
	}
	o.log.onRead = nil
	if out := o.does(desk, ref, note("b"), by("j.doe")); out.Version != 4 {
		t.Errorf("%+v", out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := desk.Handle(ctx, ref, note("c"), by("j.doe")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := o.commits(ref); n != 4 {
		t.Errorf("%d commits", n)
	}
}

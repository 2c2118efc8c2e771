package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/events"
)

// flight is an alert or digest that this run has claimed and is about to
// deliver.
type flight struct {
	id       string
	due      time.Time         // when it was to go out
	to       []events.Delivery // that are claimed
	until    time.Time         // by the machine's clock: when it is too late to begin
	carries  []*flight         // of a digest: the alerts in it
	scene    scene             // by whose hours it is tried again
	attempts int
	turn     *turn // in which it is delivered; nil for a digest

	mu    sync.Mutex
	state alerting.State
}

// claimTime is how long a claim may take that was begun when ctx ended.
const claimTime = 10 * time.Second

// claim claims an alert or digest of which s is known. It returns nil if that is
// not to be delivered by this call: another has claimed it, or it was superseded.
// Once begun a claim is seen through though ctx ends, so that it is known to this
// run, which puts off what it claimed.
func (w *Watch) claim(ctx context.Context, r *round, s alerting.State, id string, cmd alerting.Command) (*flight, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTime)
	defer cancel()
	until := time.Now().Add(queueTime)
	out, s, err := w.carryOutAs(ctx, w.doubtful(id), s, id, cmd)
	switch {
	case err != nil && settled(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s is not sent, for it could not be claimed: %w", id, err)
	case out.Position == 0:
		return nil, nil
	}
	w.gaveUp(r, id, s.Claim.At, out.Facts)
	if !slices.ContainsFunc(out.Facts, claims) {
		return nil, nil
	}
	w.did(r, Deed{ID: id, What: alerting.Claimed, Due: s.Claim.At})
	return &flight{id: id, due: s.Claim.At, to: s.Claim.Deliveries, until: until, attempts: s.Claim.Attempt, state: s}, nil
}

func claims(f events.Fact) bool {
	_, is := f.Event.(events.AlertClaimed)
	return is
}

// gaveUp tells of the deliveries that facts of an alert give up.
func (w *Watch) gaveUp(r *round, id string, due time.Time, facts []events.Fact) {
	for _, f := range facts {
		if e, is := f.Event.(events.AlertFailed); is {
			w.did(r, Deed{ID: id, What: alerting.Failed, Delivery: e.Delivery, Why: e.Why, Due: due})
		}
	}
}

// doubtful takes out the command of an earlier claim of an alert of which it is
// not known whether it was stored, to be carried out again; the zero UUID if
// there is none.
func (w *Watch) doubtful(id string) uuid.UUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	command := w.unsure[id]
	delete(w.unsure, id)
	return command
}

// doubt notes that it is not known whether a claim was stored.
func (w *Watch) doubt(id string, command uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsure[id] = command
}

// clearUp looks for the claims of alerts of a case, or of digests for "", of
// which it was not known whether they were stored. What was claimed by them was
// not begun, and is put off.
func (w *Watch) clearUp(ctx context.Context, r *round, sc scene, ref string) error {
	w.mu.Lock()
	var ids []string
	for id := range w.unsure {
		if refOf(id) == ref {
			ids = append(ids, id)
		}
	}
	w.mu.Unlock()
	var failed error
	for _, id := range ids {
		command := w.doubtful(id)
		if command == uuid.Nil {
			continue
		}
		how := casework.Request{Command: command, Actor: Actor}
		out, s, err := w.decide(ctx, alerting.State{}, id, how, func(alerting.State) ([]events.Fact, error) { return nil, nil })
		switch {
		case err != nil:
			w.doubt(id, command)
			failed = errors.Join(failed, fmt.Errorf("it is not known whether %s was claimed: %w", id, err))
		case !out.Repeated:
			w.doubt(id, command) // it may come yet: it is claimed with the same command, or never
		case s.Claim.Worker == w.Worker:
			w.putOff(ctx, r, sc, s)
		}
	}
	return failed
}

// putOff records that what this run has claimed was not begun, and is tried later.
func (w *Watch) putOff(ctx context.Context, r *round, sc scene, s alerting.State) {
	f := &flight{id: s.ID, due: s.Claim.At, to: s.Claim.Deliveries, attempts: s.Claim.Attempt, state: s}
	for _, to := range f.to {
		if o, _ := s.Outcome(to); o.Status == alerting.Claimed {
			why := "the log did not say in time that it was claimed"
			w.record(ctx, r, f, to, w.failed(sc, to, why, false))
		}
	}
}

// settled reports whether a claim was refused because there is nothing to do.
func settled(err error) bool {
	for _, done := range []error{
		alerting.ErrClaimed, alerting.ErrSuperseded, alerting.ErrSent, alerting.ErrUncertain, alerting.ErrTooEarly, alerting.ErrGivenUp,
	} {
		if errors.Is(err, done) {
			return true
		}
	}
	return false
}

// send makes the deliveries of f, each by itself, and records what comes of
// them. It returns at once; r and Wait wait for them. When ctx ends what is not
// begun is put off; what is under way is seen through.
func (w *Watch) send(ctx context.Context, r *round, f *flight, compose func(events.Delivery) alerting.Message) {
	w.mu.Lock()
	for _, f := range append([]*flight{f}, f.carries...) {
		w.sending[f.id] += len(f.to)
	}
	w.mu.Unlock()
	for _, to := range f.to {
		r.sends.Add(1)
		if f.turn != nil {
			f.turn.sends.Add(1)
		}
		w.sends.Go(func() {
			defer r.sends.Done()
			if f.turn != nil {
				defer f.turn.sends.Done()
			}
			w.deliver(ctx, r, f, compose(to), to)
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, f := range append([]*flight{f}, f.carries...) {
				if w.sending[f.id]--; w.sending[f.id] <= 0 {
					delete(w.sending, f.id)
				}
			}
		})
	}
}

// deliver makes one delivery and records what came of it.
func (w *Watch) deliver(ctx context.Context, r *round, f *flight, m alerting.Message, to events.Delivery) {
	receipt, err := w.try(ctx, f, m, to)
	var cmd alerting.Command
	switch {
	case err == nil:
		cmd = alerting.RecordSent{Delivery: to, Receipt: receipt}
	case errors.Is(err, ErrPermanent):
		cmd = w.failed(f.scene, to, reason(err), true)
	case errors.Is(err, ErrTemporary):
		cmd = w.failed(f.scene, to, reason(err), false)
	default:
		cmd = alerting.RecordUncertain{Deliveries: []events.Delivery{to}, Why: reason(err)}
	}
	ctx = context.WithoutCancel(ctx)
	_ = several(ctx, append([]*flight{f}, f.carries...), func(f *flight) error {
		w.record(ctx, r, f, to, cmd)
		return nil
	})
}

// failed returns what records that a delivery failed just now.
func (w *Watch) failed(sc scene, to events.Delivery, why string, permanent bool) alerting.RecordFailed {
	return alerting.RecordFailed{Delivery: to, Why: why, Permanent: permanent, Now: w.Clock().UTC(), Policy: sc.policy, Calendar: sc.cal}
}

// reason is what is recorded of a channel's error.
func reason(err error) string { return alerting.OneLine(err.Error()) }

// try gives a message to its channel, when it is the message's turn.
func (w *Watch) try(ctx context.Context, f *flight, m alerting.Message, to events.Delivery) (string, error) {
	channel, is := w.Channels[to.Channel]
	if !is {
		return "", fmt.Errorf("%w: there is no channel called %s; see parley doctor", ErrTemporary, to.Channel)
	}
	late := time.NewTimer(time.Until(f.until))
	defer late.Stop()
	slot := w.slots[to.Channel]
	select {
	case slot <- struct{}{}:
	case <-late.C:
		return "", fmt.Errorf("%w: too much was waiting for it", ErrTemporary)
	case <-ctx.Done():
		return "", fmt.Errorf("%w: the server stopped before it was its turn", ErrTemporary)
	}
	if ctx.Err() != nil {
		<-slot
		return "", fmt.Errorf("%w: the server stopped before it was its turn", ErrTemporary)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.SendTime)
	defer cancel()
	type answer struct {
		receipt string
		err     error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-slot }()
		receipt, err := channel.Send(ctx, m)
		answered <- answer{receipt, err}
	}()
	select {
	case a := <-answered:
		return a.receipt, a.err
	case <-time.After(w.SendTime + slack/2): // it was to end by itself
		return "", fmt.Errorf("%w: the channel %s did not end in time", ErrUncertain, to.Channel)
	}
}

// How often, and after what pause, it is tried to record an outcome. A claim
// without one is recorded as uncertain later.
const (
	recordTries = 5
	recordPause = time.Second
)

// record records what came of a delivery.
func (w *Watch) record(ctx context.Context, r *round, f *flight, to events.Delivery, cmd alerting.Command) {
	f.mu.Lock()
	defer f.mu.Unlock()
	command, err := uuid.NewV7()
	if err != nil {
		w.trouble(err)
		return
	}
	how := casework.Request{Command: command, Actor: Actor}
	for tries := 1; ; tries++ {
		w.writing <- struct{}{}
		_, f.state, err = w.decide(ctx, f.state, f.id, how, func(s alerting.State) ([]events.Fact, error) {
			return alerting.Decide(s, cmd, deadline.InLondon(w.Clock()).Date)
		})
		<-w.writing
		if err == nil {
			break
		}
		w.trouble(fmt.Errorf("what came of %s by %s could not be recorded: %w", f.id, to.Channel, err))
		if tries == recordTries || settled(err) || errors.Is(err, alerting.ErrNotClaimed) {
			return
		}
		time.Sleep(recordPause)
	}
	o, _ := f.state.Outcome(to)
	w.did(r, Deed{ID: f.id, What: o.Status, Delivery: to, Receipt: o.Receipt, Why: o.Why, RetryAt: o.RetryAt, Due: f.due})
	if at := f.state.RetryAt(); !at.IsZero() && f.state.Claim.Digest == "" {
		r.next(Alarm{f.id, at})
		if err := w.alarms.also(ctx, Alarm{f.id, at}); err != nil {
			w.trouble(err) // the next sweep sets it
		}
	}
}

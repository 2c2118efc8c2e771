package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/events"
)

// Tell records what somebody says of the alert with this ID: an
// alerting.Acknowledge or an alerting.Snooze, of which only the day until which
// it is put off need be given. A repeated command finds its recorded result.
// Beside refusals of alerting its errors are those of the ports and of casework.
func (w *Watch) Tell(ctx context.Context, id string, cmd alerting.Command, how casework.Request) (casework.Outcome, error) {
	name, err := alerting.ParseID(id)
	if err != nil {
		return casework.Outcome{}, err
	}
	if err := w.Book.CatchUp(ctx, 0); err != nil {
		return casework.Outcome{}, err
	}
	recorded, err := w.recorded(ctx, name.Ref)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, _, err := w.decide(ctx, recorded[id], id, how, func(s alerting.State) ([]events.Fact, error) {
		today := deadline.InLondon(w.Clock()).Date
		s.ID = id // nothing may have been recorded of it yet
		if snooze, is := cmd.(alerting.Snooze); is {
			complete, err := w.complete(ctx, name, id, snooze)
			if err != nil {
				return nil, err
			}
			complete.Today = today
			return alerting.Decide(s, complete, today)
		}
		return alerting.Decide(s, cmd, today)
	})
	return out, err
}

// complete adds to a Snooze what its rule must know of the deadline.
func (w *Watch) complete(ctx context.Context, name alerting.Name, id string, cmd alerting.Snooze) (alerting.Snooze, error) {
	var err error
	if cmd.Calendar, err = w.Book.Calendar(ctx); err != nil {
		return cmd, err
	}
	found := false
	err = w.Book.Deadlines(ctx, name.Ref, func(d alerting.Deadline) bool {
		if d.Clock.Deadline == name.Deadline {
			found, cmd.Due = true, d.Clock.Due(cmd.Calendar)
		}
		return !found
	})
	switch {
	case err != nil:
		return cmd, err
	case !found || cmd.Due != name.Due:
		return cmd, &Gone{ID: id}
	}
	return cmd, nil
}

// Gone says that the deadline of an alert does not run any more, or has another
// due date by now. It wraps alerting.ErrUnknownAlert.
type Gone struct{ ID string }

func (e *Gone) Error() string {
	return fmt.Sprintf("%s warns of a deadline that is over, or that has another date by now: see parley alert list", e.ID)
}

// Unwrap returns alerting.ErrUnknownAlert.
func (e *Gone) Unwrap() error { return alerting.ErrUnknownAlert }

// SetPolicy records who is warned, when and how, unless it is so already. Errors
// match alerting.ErrPolicy, or are those of the Log.
func (w *Watch) SetPolicy(ctx context.Context, p alerting.Policy, how casework.Request) (casework.Outcome, error) {
	if err := p.Check(); err != nil {
		return casework.Outcome{}, err
	}
	out, _, err := w.policy.CarryOut(ctx, events.AlertPolicy(), casework.Known[alerting.Policy]{}, how, func(now alerting.Policy) ([]events.Fact, error) {
		if same(now, p) {
			return nil, nil
		}
		return []events.Fact{{On: deadline.InLondon(w.Clock()).Date, Event: p.AlertPolicySet}}, nil
	})
	return out, err
}

// same reports whether two policies are stored alike.
func same(a, b alerting.Policy) bool {
	x, errX := json.Marshal(a.AlertPolicySet)
	y, errY := json.Marshal(b.AlertPolicySet)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func foldPolicy(h events.History) alerting.Policy {
	var p alerting.Policy
	for _, r := range h {
		p = evolvePolicy(p, r)
	}
	return p
}

func evolvePolicy(p alerting.Policy, r events.Recorded) alerting.Policy {
	for _, f := range r.Facts {
		if set, is := f.Event.(events.AlertPolicySet); is {
			p.AlertPolicySet = set
		}
	}
	return p
}

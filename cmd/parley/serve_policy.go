package main

import (
	"context"
	"strings"

	"parley/domain/alerting"
	"parley/events"
)

// sayPolicyChanges says what the settings of alerts are about to change of what
// was recorded. Where several servers can be on one log that is a warning: with
// different settings each would record its own whenever it starts.
func (sv *serving) sayPolicyChanges(ctx context.Context, w *watcher) error {
	if err := w.Book.CatchUp(ctx, 0); err != nil {
		return err
	}
	recorded, err := w.Book.Policy(ctx)
	if err != nil || recorded.IsZero() {
		return err
	}
	differs := strings.Join(w.policy().Differs(recorded), "; ")
	switch {
	case differs == "":
	case sv.store.nc == nil: // nobody else can serve this store
		sv.log.Info("alerts.toml says otherwise than before: it is recorded, and counts from now on", "differs", differs)
	default:
		sv.log.Warn("alerts.toml says otherwise than what was recorded: this server's is recorded now, and counts for every server; "+
			"give all of them the same alerts.toml, and start those again that have another", "differs", differs)
	}
	return nil
}

// heardPolicy warns when another server has recorded a policy that is not what
// this one's settings say.
func (sv *serving) heardPolicy(r events.Recorded) {
	if sv.sentry == nil || r.Aggregate != events.AlertPolicy() {
		return
	}
	for _, f := range r.Facts {
		e, is := f.Event.(events.AlertPolicySet)
		if !is {
			continue
		}
		if differs := sv.sentry.policy().Differs(alerting.Policy{AlertPolicySet: e}); len(differs) > 0 {
			sv.log.Warn("another server has recorded another alerts.toml, which counts now for this server too; "+
				"give all of them the same, and start this one again", "differs", strings.Join(differs, "; "), "by", r.Actor)
		}
	}
}

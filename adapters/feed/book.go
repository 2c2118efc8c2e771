package feed

import (
	"context"

	"parley/domain/alerting"
	"parley/domain/holidays"
	"parley/events"
	"parley/projections/alerts"
	"parley/projections/docket"
)

// Deadlines implements watch.Book.
func (v *Views) Deadlines(ctx context.Context, ref string, f func(alerting.Deadline) bool) error {
	editions, err := v.editions(ctx)
	if err != nil {
		return err
	}
	tell := func(doc docket.Doc) bool {
		for _, d := range doc.Deadlines(editions) {
			if !f(d) {
				return false
			}
		}
		return true
	}
	if ref != "" {
		doc, found, err := v.Docket.Get(ctx, ref)
		if found {
			tell(doc)
		}
		return err
	}
	for doc := range v.Docket.All(ctx, &err) {
		if !tell(doc) {
			break
		}
	}
	return err
}

// editions returns what was known of bank holidays over time; nothing if they
// were never revised, as mostly.
func (v *Views) editions(ctx context.Context) ([]holidays.Edition, error) {
	doc, revised, err := v.Almanac.Get(ctx, events.Calendar().ID)
	if err != nil || !revised {
		return nil, err
	}
	return doc.Editions(), nil
}

// Alerts implements watch.Book.
func (v *Views) Alerts(ctx context.Context, ref string) (map[string]alerting.State, error) {
	if ref == "" {
		ref = alerts.Digests
	}
	doc, _, err := v.AlertLog.Get(ctx, ref)
	return doc.Alerts, err
}

// Pending implements watch.Book. It goes through every document, and takes only
// those apart that have alerts pending.
func (v *Views) Pending(ctx context.Context, f func(alerting.State) bool) error {
	var failed error
	each(ctx, v.AlertLog, &failed, taking[alerts.Doc, alerts.Doc]{
		doc: func(_ string, doc alerts.Doc) alerts.Doc { return doc },
		json: func(key string, data []byte) (doc alerts.Doc, err error) {
			if alerts.MayBePending(data) {
				err = unpack(key, data, &doc)
			}
			return doc, err
		},
	}, func(doc alerts.Doc) bool {
		if doc.Pending == 0 {
			return true
		}
		for _, s := range doc.InOrder() {
			if s.Pending() && !f(s) {
				return false
			}
		}
		return true
	})
	return failed
}

// Policy implements watch.Book.
func (v *Views) Policy(ctx context.Context) (alerting.Policy, error) {
	doc, _, err := v.AlertPolicy.Get(ctx, events.AlertPolicy().ID)
	return doc.Policy, err
}

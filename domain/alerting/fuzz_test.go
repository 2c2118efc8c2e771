package alerting_test

import (
	"testing"

	"parley/domain/alerting"
	"parley/events"
)

// What reads as the ID of an alert is written as that ID again, and can be the
// name of its history.
func FuzzParseID(f *testing.F) {
	for _, id := range []string{"GLO-26-0001_D7-1_day_20261026", "digest_j-2edoe_20261026", "digest__20261026", "a_b_c_20261399"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name, err := alerting.ParseID(id)
		if err != nil {
			return
		}
		again := alerting.ID(name.Ref, name.Deadline, name.Rung, name.Due)
		if name.Ref == "" {
			again = alerting.DigestID(name.Person, name.Due)
		}
		if again != id {
			t.Errorf("%q reads as %+v, which is written %q", id, name, again)
		}
		if _, err := events.ParseAggregate(events.Alert(id).String()); err != nil {
			t.Error(err)
		}
	})
}

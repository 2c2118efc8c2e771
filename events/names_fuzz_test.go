package events

import "testing"

// The names of aggregates and of events are read in one way alone.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"case/GLO-26-0001", "directory/directory", "calendar/calendar", "alert/GLO-26-0001_D2-1_5wd_20261026", "case/", "case", "", "case/a.b", "case/*", "x/y", "1.1", "7", "0.1", "1.0", "999999999.999999999", "01.1", "1.1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := ParseAggregate(s); err == nil && a.String() != s {
			t.Errorf("%q is read as %s", s, a)
		}
		id, err := ParseEventID(s)
		if err != nil {
			return
		}
		if again, err := ParseEventID(id.String()); err != nil || again != id || id.Version < 1 || id.Index < 1 {
			t.Errorf("%q is read as %s: %v", s, id, err)
		}
	})
}

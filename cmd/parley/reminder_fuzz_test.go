package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What was counted for the reminder reads, or is counted afresh.
func FuzzReminder(f *testing.F) {
	for _, s := range []string{`{"position":1,"cases":{"GLO-26-0001":{"overdue":1}}}`, `{}`, `null`, `[]`, "", `{"cases":{"a":{"overdue":9223372036854775807},"b":{"overdue":1}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "reminder.json")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, ok := new(store).readReminder(file)
		if ok && r.Cases == nil {
			t.Errorf("%q was read as %+v", content, r)
		}
		_ = r.sum()
	})
}

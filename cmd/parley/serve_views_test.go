package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/adapters/feed"
)

// A server writes its views while it runs, so that little has to be taken in again
// if it is killed.
func TestAServerWritesItsViewsEveryNowAndThen(t *testing.T) {
	p := newProgram(t)
	s := p.serve("--alerts=false")
	s.must("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs")
	written := func() time.Time {
		t.Helper()
		info, err := os.Stat(filepath.Join(p.store, "views.db"))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	for _, note := range []string{"the first", "the second"} { // when it is written after the second, the first is
		before := written()
		s.must("case", "note", "GLO-26-0001", "--text", note)
		for began := time.Now(); written().Equal(before); time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatalf("the views are not written\n%s", s.log)
			}
		}
	}
	_ = s.end(os.Kill)
	var stdout, stderr bytes.Buffer
	st, err := p.app(&stdout, &stderr).openWithoutViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.close() }()
	if st.views, err = feed.OpenViews(st.dir.ViewsPath(), st.log); err != nil {
		t.Fatal(err)
	}
	if at, log := st.views.Position(), st.log.Seen().Position; at+1 < log {
		t.Errorf("the views were written up to %d of %d", at, log)
	}
}

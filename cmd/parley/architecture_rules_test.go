package main

import (
	"go/token"
	"strings"
	"testing"
)

// These show that the test of the architecture can fail, and when it does not.
func TestTheRulesOfTheHouse(t *testing.T) {
	imports := func(paths ...string) string {
		return "// Package p is one.\npackage p\nimport _ \"" + strings.Join(paths, "\"\nimport _ \"") + "\"\n"
	}
	const doc = "// Package p is one.\npackage p\n"
	for _, c := range []struct {
		path, source string
		want         string // part of the one complaint; empty for none
	}{
		{"events/a.go", imports("parley/domain/calendar", "encoding/json", "io", "time"), ""},
		{"events/a.go", imports("parley/domain/negotiation"), "events know only domain/calendar"},
		{"events/a.go", imports("parley/adapters/natslog"), "events know only domain/calendar"},
		{"domain/calendar/a.go", imports("parley/events"), "the calendar stands below everything"},
		{"domain/calendar/a.go", imports("parley/domain/deadline"), "the calendar stands below everything"},
		{"domain/negotiation/a.go", imports("parley/events", "parley/domain/calendar", "parley/domain/directory"), ""},
		{"domain/negotiation/a.go", imports("parley/domain/casework"), "only adapters and cmd know the applications"},
		{"domain/negotiation/a.go", imports("parley/projections/status"), "imports point events ←"},
		{"domain/casework/a.go", imports("parley/domain/negotiation", "context", "log/slog"), ""},
		{"domain/casework/a.go", imports("parley/adapters/memlog"), "imports point events ←"},
		{"domain/casework/a_test.go", imports("parley/adapters/memlog"), ""},
		{"domain/watch/a.go", imports("parley/domain/casework", "parley/domain/alerting", "context"), ""},
		{"domain/watch/a.go", doc + `import "time"; var _ = time.Now()`, ""},
		{"domain/watch/a.go", imports("parley/adapters/sched"), "imports point events ←"},
		{"domain/watch/a.go", imports("github.com/nats-io/nats.go"), "NATS stays in adapters"},
		{"domain/casework/a.go", imports("parley/domain/watch"), "only adapters and cmd know the applications"},
		{"domain/alerting/a.go", imports("parley/domain/watch"), "only adapters and cmd know the applications"},
		{"projections/alerts/a.go", imports("parley/domain/watch"), "only adapters and cmd know the applications"},
		{"adapters/sched/a.go", imports("parley/domain/watch"), ""},
		{"projections/status/a.go", imports("parley/events", "parley/domain/deadline", "parley/projections/docket"), ""},
		{"projections/status/a.go", imports("parley/domain/casework"), "only adapters and cmd know the applications"},
		{"projections/status/a.go", imports("parley/adapters/feed"), "imports point events ←"},
		{"adapters/feed/a.go", imports("parley/projections/status", "parley/domain/casework", "parley/adapters/feed/inner", "net/http"), ""},
		{"adapters/feed/a.go", imports("parley/adapters/natslog"), "adapters do not know one another"},
		{"adapters/feed/a.go", imports("parley/adapters/feeding"), "adapters do not know one another"},
		{"adapters/feed/a.go", imports("parley/cmd/parley"), "imports point events ←"},
		{"adapters/feed/a.go", imports("parley/adapters/logtest"), "it is for tests"},
		{"adapters/feed/a_test.go", imports("parley/adapters/logtest", "parley/adapters/memlog"), ""},
		{"adapters/logtest/a.go", imports("parley/adapters/memlog", "testing"), ""},
		{"cmd/parley/a.go", imports("parley/adapters/natslog", "parley/domain/casework", "parley/events"), ""},
		{"cmd/parley/a.go", imports("parley/adapters/logtest"), "it is for tests"},
		{"cmd/parley/a.go", imports("parley/adapters/natstest"), "it is for tests"},
		{"cmd/parley/a_test.go", imports("parley/adapters/natstest"), ""},
		{"cmd/parley/a.go", imports("parley/cmd/other"), "commands do not know one another"},

		{"adapters/natslog/a.go", imports("github.com/nats-io/nats.go/jetstream"), ""},
		{"cmd/parley/a.go", imports("github.com/nats-io/nats.go"), ""},
		{"domain/casework/a.go", imports("github.com/nats-io/nats.go"), "NATS stays in adapters"},
		{"domain/casework/a_test.go", imports("github.com/nats-io/nats-server/v2/server"), "NATS stays in adapters"},
		{"projections/status/a.go", imports("github.com/synadia-io/orbit.go/jetstreamext"), "NATS stays in adapters"},

		{"events/a.go", imports("context"), "no context, randomness"},
		{"domain/directory/a.go", imports("log/slog"), "no context, randomness"},
		{"domain/directory/a.go", imports("logical", "embed", "net/url", "path/filepath"), ""},
		{"domain/negotiation/a.go", imports("math/rand/v2"), "no context, randomness"},
		{"domain/negotiation/a.go", imports("crypto/rand"), "no context, randomness"},
		{"projections/docket/a.go", imports("os"), "no context, randomness"},
		{"projections/docket/a.go", imports("net/http"), "no context, randomness"},
		{"projections/docket/a_test.go", imports("os"), ""},

		{"domain/deadline/a.go", doc + `import "time"; var _ = time.Now()`, "time.Now"},
		{"domain/deadline/a.go", doc + `import clock "time"; var _ = clock.Since`, "time.Since"},
		{"domain/deadline/a.go", doc + `import "time"; var _ = time.UTC; func f(x struct{ Now int }) int { return x.Now }`, ""},
		{"domain/deadline/a_test.go", doc + `import "time"; var _ = time.Now()`, ""},
		{"domain/casework/a.go", doc + `import "time"; var _ = time.Now()`, ""},
		{"events/a.go", doc + `import "github.com/google/uuid"; var _, _ = uuid.NewV7()`, "uuid.NewV7"},
		{"events/a.go", doc + `import "github.com/google/uuid"; var _ = uuid.NewSHA1`, ""},
		{"events/a.go", doc + `import . "time"; var _ = Now()`, "an import with a dot"},

		{"adapters/feed/a.go", doc + `func init() {}`, "nothing happens in init"},
		{"adapters/feed/a_test.go", doc + `func init() {}`, "nothing happens in init"},
		{"adapters/feed/a.go", doc + `type t int; func (t) init() {}`, ""},
		{"adapters/feed/a.go", doc + `import "os"; func f() { os.Exit(1) }`, "only main.go of a command"},
		{"adapters/feed/a.go", doc + `import "log"; func f() { log.Fatalf("") }`, "only main.go of a command"},
		{"cmd/parley/case.go", doc + `import "os"; func f() { os.Exit(1) }`, "only main.go of a command"},
		{"cmd/parley/main.go", "// Parley tracks.\npackage main\n" + `import "os"; func main() { os.Exit(1) }`, ""},

		{"events/a.go", "package events", "no comment"},
		{"events/a.go", "// Things that happened.\npackage events", "no comment"},
		{"events/a.go", "// Package events is.\n\npackage events", "no comment"},
		{"events/a_test.go", "package events", ""},
		{"cmd/parley/main.go", "package main", "no comment"},

		{"lib/a.go", doc, "Go code lives in"},
		{"a.go", doc, "Go code lives in"},
		{"domain/utils/a.go", doc, "named after what it provides"},
	} {
		a := architecture{files: token.NewFileSet()}
		if err := a.add("", c.path, c.source); err != nil {
			t.Fatalf("%s: %v", c.path, err)
		}
		got := a.complaints()
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s\n%s\nwas refused: %s", c.path, c.source, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
			t.Errorf("%s\n%s\nwas met with %q, want %q", c.path, c.source, got, c.want)
		}
	}
}

func TestOneFileOfAPackageCarriesItsComment(t *testing.T) {
	a := architecture{files: token.NewFileSet()}
	for name, source := range map[string]string{"events/a.go": "package events", "events/b.go": "// Package events is.\npackage events"} {
		if err := a.add("", name, source); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.complaints(); len(got) > 0 {
		t.Error(got)
	}
}

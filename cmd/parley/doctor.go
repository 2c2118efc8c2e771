package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/adapters/web"
)

func newDoctor(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look whether the store, the disk and the clock are as they should be", Args: cobra.NoArgs,
		Long: `Look whether this machine and the store are as they should be: the versions, the
store's folder, the log and the views, room on the disk, how long it takes over a
write that must not be lost, the clock, and how old the newest backup is. Nothing
is recorded.

What no program can tell is whether a disk, or what pretends to be one in a
virtual machine, has really stored what it says it has: pull the plug to know.`,
		Example: `  parley doctor
  parley doctor -o json --jq '.[] | select(.ok | not)'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := a.examine(cmd.Context())
			r := report{value: checks, columns: []string{"check", "ok", "detail"}}
			unfit := 0
			for _, c := range checks {
				shown := "ok"
				if !c.OK {
					shown, unfit = "NO", unfit+1
				}
				r.rows = append(r.rows, []cell{text(c.Check), {shown, fmt.Sprint(c.OK)}, text(c.Detail)})
			}
			if err := a.print(r); err != nil || unfit == 0 {
				return err
			}
			return fmt.Errorf("%w: %s", errUnfit, count(unfit, "check"))
		},
	}
}

// examine makes every check that can be made. Those that need what an earlier
// one found missing are left out.
func (a *app) examine(ctx context.Context) []rpc.Check {
	checks := checkList{{Check: "program", OK: true, Detail: version()}}
	if there, err := a.remote(ctx); there != nil || err != nil {
		if !checks.add("connection", err, "to the server") {
			return checks
		}
		found, err := there.office.Examine(ctx)
		checks = append(checks, found...)
		checks.add("answer", also(err, there.close(err)), fmt.Sprintf("the server lets %s in", there.about.Actor))
		return checks
	}
	path, err := a.storePath()
	if err == nil {
		_, err = storedir.Look(path)
	}
	if !checks.add("folder", err, path) {
		return checks
	}
	checks.add("disk", storedir.CheckSpace(path), "there is room")
	s, err := a.openWithoutViews(ctx)
	if !checks.add("log", err, "it opens, and its ends are sound") {
		return checks
	}
	checks = append(checks, s.examine(ctx, s.clock)...)
	checks.add("closing", s.close(), "the store is let go")
	return checks
}

// checkList is what was looked at so far.
type checkList []rpc.Check

// add adds a check with what it found: an error and the next step, or else a
// detail. It reports whether all was well.
func (l *checkList) add(check string, err error, detail string) bool {
	if err != nil {
		detail = err.Error()
		if next := remedy(err); next != "" {
			detail += ". Next: " + next
		}
	}
	*l = append(*l, rpc.Check{Check: check, OK: err == nil, Detail: detail})
	return err == nil
}

// remedy returns the hint that belongs to an error, as far as it is known and the
// error does not give it itself. That the doctor be asked is none.
func remedy(err error) string {
	code, _, hint := (&app{verb: "parley doctor"}).describe(err)
	if mend, then, both := strings.Cut(hint, ", then"); both && strings.Contains(then, "parley doctor") {
		hint = mend
	}
	if code == "failed" || strings.Contains(hint, "parley doctor") || strings.Contains(err.Error(), hint) {
		return ""
	}
	return hint
}

// examine makes the checks of a store that is open, by the clock of who asks.
func (s *store) examine(ctx context.Context, clock func() time.Time) []rpc.Check {
	var checks checkList
	id := s.dir.Identity()
	kind := ""
	if id.Sealed != "" {
		kind = ", encrypted"
	}
	checks.add("store", nil, fmt.Sprintf("%s (%s), for %s, made %s%s", id.LMC, id.Code, id.Actor, id.Created.Format("2 Jan 2006"), kind))
	checks.add("versions", nil, fmt.Sprintf("%s; NATS server %s; store layout %d", version(), versionOf("github.com/nats-io/nats-server/v2"), id.Format))
	checks.add("damage", s.dir.Damage(), "none was found")
	checks.add("server", s.healthy(), "it answers")
	if s.server != nil && len(s.server.Warnings()) > 0 {
		checks.add("warnings", errors.New(s.server.Warnings()[0]), "")
	}
	catchUp := s.openViews
	if s.views != nil {
		catchUp = func(ctx context.Context) error { return s.views.CatchUp(ctx, 0) }
	}
	checks.add("views", catchUp(ctx), "up to date")
	s.checkAlerts(ctx, &checks)
	s.checkRoom(ctx, &checks)
	if !id.Outside { // what is recorded goes to the disks of others
		s.checkDisk(&checks)
	}
	s.checkClock(ctx, &checks, clock())
	s.checkBackup(ctx, &checks, clock())
	return checks
}

// healthy returns an error unless the NATS server that keeps the log is there.
func (s *store) healthy() error {
	switch {
	case s.server != nil:
		return s.server.Healthy()
	case !s.nc.IsConnected():
		return fmt.Errorf("%w: %s", natsd.ErrUnreachable, s.nc.Status())
	}
	return nil
}

// versionOf says which version of a module is built in.
func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return "unknown"
}

// version says which program this is.
func version() string {
	b := builtOf()
	if b.Commit == "" {
		return strings.TrimSpace(fmt.Sprintf("parley %s, %s", b.Version, b.Go))
	}
	return fmt.Sprintf("parley %s (%.12s), %s", b.Version, b.Commit, b.Go)
}

// builtOf returns what the program was built of.
func builtOf() web.Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return web.Build{}
	}
	b := web.Build{Version: info.Main.Version, Go: info.GoVersion}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

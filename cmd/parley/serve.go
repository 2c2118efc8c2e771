package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/adapters/users"
	"parley/adapters/web"
	"parley/events"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	listen, cert, key string
	http              string
	log               string
	alerts            bool
	outside           outsideFlags
}

func newServe(a *app) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Let several people work on the store at once, and watch its deadlines", Args: cobra.NoArgs,
		Long: `Keep the store open and answer for it: to every parley on this machine that is
given the same store, and to those elsewhere who have a key (parley user add) and
a context (parley context add). It runs until it is interrupted, and then finishes
what is in hand.

The log is kept by a NATS server within, or with --nats on one elsewhere; of
those several can serve the same log at once.`,
		Example: `  parley serve
  parley serve --listen 0.0.0.0:4222 --tls-cert server.pem --tls-key server.key --http 127.0.0.1:8025
  parley serve --nats nats://n1:4222,nats://n2:4222,nats://n3:4222 --creds serve.key --http :8025`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.outside.url != "" && cmd.Flags().Changed("listen") {
				return usageError{errors.New("--listen is for the NATS server within, and --nats names another: give one of them")}
			}
			if err := f.outside.check(cmd); err != nil {
				return err
			}
			return a.serve(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "where to let clients in; port 0 is any that is free")
	flags.StringVar(&f.cert, "tls-cert", "", "file of the certificate for clients and for --http, in PEM")
	flags.StringVar(&f.key, "tls-key", "", "file of its key, in PEM")
	flags.StringVar(&f.http, "http", "", "where to answer over HTTP: health, readiness, metrics, calendars (default: nowhere)")
	flags.StringVar(&f.log, "log", "text", "how to write the log on stderr: text or json")
	flags.BoolVar(&f.alerts, "alerts", true, "watch the deadlines and warn people; --alerts=false leaves that to other servers")
	f.outside.register(cmd)
	must(cmd.RegisterFlagCompletionFunc("log", cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// serving is a server at work.
type serving struct {
	*app
	flags  serveFlags
	store  *store
	office localOffice // as nobody in particular comes in
	log    *slog.Logger
	rpc    *rpc.Service
	web    *web.Server

	metrics *web.Metrics
	sentry  *sentry
	mu      sync.Mutex // over store.damaged
}

// serve opens the store and serves it until ctx ends or something fails.
func (a *app) serve(ctx context.Context, f serveFlags) error {
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(100) // unlike a command it goes on: see garbage
	}
	log, err := a.serverLog(f.log)
	if err != nil {
		return err
	}
	seat, err := a.newSeat()
	if err != nil {
		return err
	}
	if f.outside.url != "" {
		if err := a.settleIn(ctx, f.outside); err != nil {
			return err
		}
	}
	st, err := a.openStore(ctx, func(s *store, ctx context.Context, _ *slog.Logger) error {
		if f.outside.url != "" {
			return f.outside.join(s, ctx, log)
		}
		s.how.Listen, s.how.Users = f.listen, seat.users(s.dir)
		if f.cert != "" || f.key != "" {
			s.how.TLS = &natsd.TLS{Cert: f.cert, Key: f.key}
		}
		return s.openLog(ctx, log)
	})
	if err != nil {
		return err
	}
	if _, fixed, _ := a.setClock(); fixed {
		st.clock = runningFrom(st.clock())
	}
	if err := st.openViews(ctx); err != nil {
		st.note(err)
		return also(err, st.close())
	}
	sv := &serving{app: a, flags: f, store: st, office: *newLocalOffice(st), log: log}
	sv.office.found = sv.found
	err = sv.run(ctx, seat)
	log.Info("stopping", "why", reason(ctx, err))
	return also(err, st.close())
}

// reason says why a server stops.
func reason(ctx context.Context, err error) string {
	if err != nil {
		return err.Error()
	}
	return context.Cause(ctx).Error()
}

// seat is the key by which programs on this machine find a way in.
type seat struct{ public, secret string }

func (a *app) newSeat() (seat, error) {
	public, secret, err := users.NewKey()
	return seat{public, secret}, err
}

// users returns who is let in: whoever may read the store's folder, in the name
// that it was made for, and those on its list.
func (s seat) users(dir *storedir.Dir) natsd.Users {
	book := users.In(dir.Path())
	return natsd.UsersFunc(func(key string) (string, bool) {
		if key == s.public {
			return dir.Identity().Actor, true
		}
		return book.Lookup(key)
	})
}

// run serves what is open.
func (sv *serving) run(told context.Context, seat seat) (err error) {
	ctx, fail := context.WithCancelCause(told)
	defer fail(nil)
	sv.metrics = web.NewMetrics(builtOf())
	var feed web.Calendar
	if sv.flags.alerts {
		if sv.sentry, err = sv.newSentry(ctx); err != nil {
			return err
		}
		feed = sv.calendarFeed
	}
	if sv.rpc, err = rpc.Serve(sv.conn(), rpc.Config{Enter: sv.enter, Errors: travelling(), Log: sv.log, Done: sv.done}); err != nil {
		return err
	}
	var at work
	at.goOn(ctx, fail, "following the log", sv.follow)
	at.goOn(ctx, fail, "writing the views", sv.writeViews)
	at.goOn(ctx, fail, "keeping the mark", sv.keep)
	if sv.sentry != nil {
		at.goOn(ctx, fail, "alerts", sv.watchDeadlines)
	}
	if sv.flags.http != "" {
		if sv.web, err = web.Start(web.Options{
			Addr: sv.flags.http, Cert: sv.flags.cert, Key: sv.flags.key, Log: sv.log, Metrics: sv.metrics, Checks: sv.checks(), Calendar: feed,
		}); err == nil {
			at.goOn(ctx, fail, "the web server", sv.webFailed)
		}
	}
	if err == nil {
		err = sv.announce(seat)
	}
	if err == nil {
		sv.awaitEnd(ctx)
	}
	if told.Err() == nil && err == nil {
		err = context.Cause(ctx)
	}
	return sv.end(fail, &at, err)
}

// awaitEnd waits until ctx ends or the server fails.
func (sv *serving) awaitEnd(ctx context.Context) {
	failed := ctx.Done() // of a log that is kept elsewhere nobody says so here
	if sv.store.server != nil {
		failed = sv.store.server.Alive().Done()
	}
	select {
	case <-ctx.Done():
	case <-failed:
	}
}

// finishing is how long what is in hand may take when the server stops.
const finishing = 20 * time.Second

// end lets nobody new in and finishes what is in hand. It returns err, which is
// why it ends, or else what went wrong in doing so.
func (sv *serving) end(fail context.CancelCauseFunc, at *work, err error) error {
	if sv.store.server != nil {
		err = also(err, sv.store.server.Healthy())
	}
	err = also(err, sv.store.dir.Unserve())
	patient, cancel := context.WithTimeout(context.Background(), finishing)
	defer cancel()
	if stopped := sv.rpc.Stop(patient); err == nil {
		err = stopped
	}
	if sv.web != nil {
		_ = sv.web.Shutdown(patient) // whoever is cut off asks again
	}
	fail(nil)
	at.wait()
	return err
}

// work is what goes on beside the answering of requests.
type work struct{ running sync.WaitGroup }

// goOn does something until ctx ends; if it fails before, everything ends.
func (w *work) goOn(ctx context.Context, fail context.CancelCauseFunc, what string, do func(context.Context) error) {
	w.running.Go(func() {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			fail(fmt.Errorf("%s: %w", what, err))
		}
	})
}

func (w *work) wait() { w.running.Wait() }

// enter lets somebody in who asks.
func (sv *serving) enter(c rpc.Caller) (rpc.Served, error) {
	o := sv.office
	o.actor = c.Actor
	if c.Clock.IsZero() {
		return &o, nil
	}
	if !sv.store.dir.Identity().Rehearsal {
		return nil, errClock
	}
	return o.at(func() time.Time { return c.Clock }), nil
}

// announce leaves word where the server is, and says that it is ready.
func (sv *serving) announce(seat seat) error {
	id := sv.store.dir.Identity()
	ready := served{LMC: id.LMC, Code: id.Code, Store: sv.store.dir.Path(), NATS: sv.flags.outside.url, Rehearsal: id.Rehearsal}
	if sv.store.server != nil {
		ready.NATS = sv.store.server.URL()
		certificate, err := sv.certificate()
		if err != nil {
			return err
		}
		if err := sv.store.dir.Serve(storedir.Serving{
			URL: ready.NATS, Actor: id.Actor, Seed: seat.secret, Cert: certificate, Version: version(), Started: sv.now(),
		}); err != nil {
			return err
		}
	}
	if sv.web != nil {
		ready.HTTP = sv.web.URL()
	}
	sv.log.Info("ready", "lmc", id.LMC, "store", ready.Store, "nats", ready.NATS, "http", ready.HTTP, "position", sv.store.log.Seen().Position)
	if sv.output == "json" { // a line, for whoever started it
		return json.NewEncoder(sv.stdout).Encode(ready)
	}
	return sv.print(ready.report())
}

// certificate returns what the server shows to clients, in PEM; nothing without
// TLS.
func (sv *serving) certificate() (string, error) {
	if sv.flags.cert == "" {
		return "", nil
	}
	content, err := os.ReadFile(sv.flags.cert)
	return string(content), err
}

// served is what a server says when it is ready.
type served struct {
	LMC       string `json:"lmc"`
	Code      string `json:"code"`
	Store     string `json:"store"`
	NATS      string `json:"nats"`
	HTTP      string `json:"http,omitempty"`
	Rehearsal bool   `json:"rehearsal"`
}

func (s served) report() report {
	return report{
		value: s, columns: []string{"lmc", "code", "store", "nats", "http"},
		rows: [][]cell{{text(s.LMC), text(s.Code), text(s.Store), text(s.NATS), text(s.HTTP)}},
		page: func(w io.Writer, width int) {
			hanging(w, "", fmt.Sprintf("Serving %s (%s) from %s", s.LMC, s.Code, s.Store), width)
			hanging(w, "  ", "clients: "+s.NATS, width)
			if s.HTTP != "" {
				hanging(w, "  ", "web: "+s.HTTP, width)
			}
		},
	}
}

// found keeps in mind that the log was found damaged: nothing more is recorded.
func (sv *serving) found(err error) {
	if !errors.Is(err, events.ErrDamaged) {
		return
	}
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.store.damaged != nil {
		return
	}
	sv.store.damaged = err
	sv.log.Error("the log is damaged: nothing more is recorded. Stop the server, and run parley verify", "why", err)
	if err := sv.store.dir.NoteDamage(storedir.Damage{Found: sv.store.clock().UTC(), What: err.Error()}); err != nil {
		sv.log.Error("that the log is damaged could not be noted", "why", err)
	}
}

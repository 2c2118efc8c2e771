package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/events"
)

// size is how much is in a store.
type size struct {
	name  string
	years int // LMC years, each of its own series of case numbers
}

// cases is how many cases an LMC year has.
const cases = 800

// stores is a store of Parley's, and a copy of its log for the raw server.
type stores struct {
	size
	parley string
	raw    string
}

// series returns the series of the case numbers of a year. The last is that of
// this year's own cases.
func (s size) series(year int) string {
	if year == s.years-1 {
		return fmt.Sprintf("GLO-%02d", time.Now().Year()%100)
	}
	return fmt.Sprintf("X%c%c-26", 'A'+year/26, 'A'+year%26)
}

// ref returns the reference of the i'th case of the newest year.
func (s size) ref(i int) string {
	return fmt.Sprintf("%s-%04d", s.series(s.years-1), 1+i%cases)
}

// build builds the program whose processes are timed.
func (b *bench) build(ctx context.Context, dir string) error {
	b.parley = filepath.Join(dir, "parley")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.parley, "parley/cmd/parley")
	build.Stderr = b.progress
	if err := build.Run(); err != nil {
		return fmt.Errorf("parley cannot be built: %w", err)
	}
	return nil
}

// stock makes a store of this size and a copy of its log, unless dir has them.
func (b *bench) stock(ctx context.Context, dir string, s size) (stores, error) {
	st := stores{size: s, parley: filepath.Join(dir, "parley"), raw: filepath.Join(dir, "raw")}
	if _, err := os.Stat(st.raw); err == nil {
		return st, nil
	}
	began := time.Now()
	if err := os.RemoveAll(dir); err != nil {
		return st, err
	}
	d, err := storedir.Create(ctx, st.parley, storedir.Identity{
		LMC: "Bench LMC", Code: "GLO", Actor: "bench", Created: time.Now(),
	}, storedir.Claim{Command: "parley-bench"})
	if err != nil {
		return st, err
	}
	last, err := fill(ctx, d, s)
	if err == nil {
		err = d.SetMark(last)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return st, err
	}
	b.say("%s: %d commits in %s", s.name, last.Position, short(time.Since(began)))
	fresh := st.raw + ".new"
	if err := os.CopyFS(filepath.Join(fresh, "jetstream"), os.DirFS(filepath.Join(st.parley, "jetstream"))); err != nil {
		return st, err
	}
	return st, os.Rename(fresh, st.raw)
}

// fill writes the commits of the years and returns the last. The server does
// not force each to disk: that is done once, at the end.
func fill(ctx context.Context, d *storedir.Dir, s size) (storedir.Mark, error) {
	server, err := startRaw(d.Path(), false)
	if err != nil {
		return storedir.Mark{}, err
	}
	defer server.stop()
	if _, err := natslog.Open(ctx, server.conn, natslog.Guard{Begun: d.MarkStreamCreated}); err != nil {
		return storedir.Mark{}, err
	}
	w := &writer{ctx: ctx, raw: server, heads: map[events.Aggregate]events.Commit{}}
	if err := w.write(day(time.January, 6).Time(), events.Directory(), listed()); err != nil {
		return storedir.Mark{}, err
	}
	for year := range s.years {
		if err := w.year(ctx, s.series(year)); err != nil {
			return storedir.Mark{}, err
		}
	}
	return w.finish(ctx)
}

// batch is how many commits are sent before the server is waited for.
const batch = 2048

// writer appends commits one after another without waiting for each.
type writer struct {
	ctx   context.Context
	raw   *raw
	heads map[events.Aggregate]events.Commit
	last  storedir.Mark
}

// year writes a year's cases, as they come in: the first step of each, then
// the second of each, and so on.
func (w *writer) year(ctx context.Context, series string) error {
	templates := make([][]step, practices)
	for i := range templates {
		var err error
		if templates[i], err = template(i); err != nil {
			return err
		}
	}
	clear(w.heads)
	for s := range templates[0] {
		for i := range cases {
			next := templates[i%len(templates)][s]
			at := next.on.Time().Add(9*time.Hour + time.Duration(i)*time.Second)
			ref := fmt.Sprintf("%s-%04d", series, i+1)
			if s == 0 {
				if err := w.write(at, events.Register(series), []events.Fact{{On: next.on, Event: events.CaseNumbered{Ref: ref, Number: i + 1}}}); err != nil {
					return err
				}
			}
			if err := w.write(at, events.Case(ref), renamed(next.facts, ref)); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// renamed returns the facts of a template as those of the case with this reference.
func renamed(facts []events.Fact, ref string) []events.Fact {
	opened, ok := facts[0].Event.(events.CaseOpened)
	if !ok {
		return facts
	}
	opened.Ref, opened.LMC, opened.Title = ref, ref[:3], "Bloods for hospitals, "+ref
	return append([]events.Fact{{On: facts[0].On, Event: opened}}, facts[1:]...)
}

// write seals facts as the next commit of a and sends it to the log. The
// command's ID goes into a header of its own, as long as JetStream's, which would
// have JetStream look for it among the million of the last two minutes.
func (w *writer) write(at time.Time, a events.Aggregate, facts []events.Fact) error {
	head := w.heads[a]
	sealed, err := events.Seal(events.Commit{
		Command:   uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", a, head.Version+1)),
		Aggregate: a, Version: head.Version + 1, Actor: "bench", RecordedAt: at, Previous: head.Hash, Facts: facts,
	})
	if err != nil {
		return err
	}
	m := nats.NewMsg("es." + string(a.Kind) + "." + a.ID)
	m.Data = sealed.Stored
	m.Header.Set("Made-Msg-Id", sealed.Command.String()+"/"+a.String())
	w.heads[a] = sealed.Commit
	w.last = storedir.Mark{Position: w.last.Position + 1, Hash: sealed.Hash}
	if w.last.Position%batch > 0 {
		return w.raw.conn.PublishMsg(m) // without a wish for an answer
	}
	_, err = w.raw.js.PublishMsg(w.ctx, m, jetstream.WithExpectLastSequence(w.last.Position-1))
	return err
}

// finish waits until everything is stored, and returns the last commit.
func (w *writer) finish(ctx context.Context) (storedir.Mark, error) {
	for tries := 0; ; tries++ {
		stream, err := w.raw.js.Stream(ctx, "ES")
		if err != nil {
			return storedir.Mark{}, err
		}
		switch stored := stream.CachedInfo().State.LastSeq; {
		case stored == w.last.Position:
			return w.last, nil
		case tries > 1000:
			return storedir.Mark{}, fmt.Errorf("%d of %d commits were stored", stored, w.last.Position)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

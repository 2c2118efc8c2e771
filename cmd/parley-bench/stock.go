package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/events"
)

// size is how much is in a store.
type size struct {
	name  string // as it is asked for
	title string // as it is printed
	n     int
}

// yearly is how many cases an LMC has in a year, and what fits one LMC.
const (
	yearly  = 800
	perLMC  = 10 * yearly
	onDisk  = 2_900 // bytes that a commit takes: the log, its copy and the views, by what the million takes
	spareGB = 4     // beyond that, for what grows while it is measured
)

// sizes returns the stores that there can be.
func sizes() []size {
	return []size{
		{"year", "LMC year", yearly},
		{"decade", "LMC decade", 10 * yearly},
		{"million", "1M", 62 * yearly},
		{"england", "England decade", 775 * yearly},
	}
}

// large reports whether a store of this size takes so long that things are done
// once only.
func (s size) large() bool { return s.n > 100*yearly }

// commits returns how many commits a store of this size has of cases: beside
// them there are as many numbers given out as there are cases.
func (s size) commits() int { return s.n * commits }

// stores is a store of Parley's, and a copy of its log for the raw server.
type stores struct {
	size
	*timeline
	parley string
	raw    string
	open   []int // the places of open cases in the timeline, the newest first
}

// ref returns the reference of the i'th open case, from the newest on.
func (st stores) ref(i int) string { return st.timeline.ref(st.cases[st.place(i)]) }

// place returns the place of the i'th open case in the timeline.
func (st stores) place(i int) int { return st.open[i%len(st.open)] }

// build builds the program whose processes are timed, and one that only connects.
func (b *bench) build(ctx context.Context, dir string) error {
	for _, p := range []struct {
		path *string
		name string
	}{{&b.parley, "parley/cmd/parley"}, {&b.connect, "parley/cmd/parley-bench/connect"}} {
		*p.path = filepath.Join(dir, filepath.Base(p.name))
		build := exec.CommandContext(ctx, "go", "build", "-o", *p.path, p.name)
		build.Stderr = b.progress
		if err := build.Run(); err != nil {
			return fmt.Errorf("%s cannot be built: %w", p.name, err)
		}
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "parley").Output()
	b.root = strings.TrimSpace(string(root))
	return err
}

// errNoRoom says that the disk has too little room for a store.
var errNoRoom = errors.New("too little room on the disk")

// room returns an error that wraps errNoRoom unless a store of this size fits.
func (s size) room(dir string) error {
	free, err := freeBytes(dir)
	if err != nil {
		return fmt.Errorf("the free space at %s is not known: %w", dir, err)
	}
	needed := uint64(s.commits())*onDisk + spareGB<<30
	if free < needed {
		return fmt.Errorf("%w: %s needs %d GB at %s, and %d GB are free", errNoRoom, s.title, needed>>30, dir, free>>30)
	}
	return nil
}

// stock makes a store of this size and a copy of its log, unless dir has them.
func (b *bench) stock(ctx context.Context, dir string, s size) (stores, error) {
	st := stores{size: s, parley: filepath.Join(dir, "parley"), raw: filepath.Join(dir, "raw")}
	w, err := newWorld(b.root, 1+(s.n-1)/perLMC)
	if err != nil {
		return st, err
	}
	today := calendar.At(time.Now(), time.UTC)
	if made, err := os.Stat(st.raw); err == nil {
		today = calendar.At(made.ModTime(), time.UTC) // as then, so that its cases are known
	}
	st.timeline = s.history(w, today)
	for i := len(st.cases) - 1; i >= 0 && st.cases[i].how == open; i-- {
		if st.cases[i].lmc == 0 {
			st.open = append(st.open, i)
		}
	}
	if _, err := os.Stat(st.raw); err == nil {
		return st, nil
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return st, err
	}
	if err := s.room(dir); err != nil {
		return st, err
	}
	return st, b.fill(ctx, st)
}

// fill makes the store and its copy, and has every commit of it checked.
func (b *bench) fill(ctx context.Context, st stores) error {
	began := time.Now()
	d, err := storedir.Create(ctx, st.parley, storedir.Identity{
		LMC: "Bench LMC", Code: ownCode, Actor: "bench", Created: time.Now(),
	}, storedir.Claim{Command: "parley-bench"})
	if err != nil {
		return err
	}
	last, err := write(ctx, d, st.timeline)
	if err == nil {
		err = d.SetMark(last)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	written := time.Since(began)
	report, err := audit(ctx, st.parley, last)
	if err != nil {
		return err
	}
	b.audited = time.Since(began) - written
	b.say("%s: %d commits with %d events written in %s, and found sound in %s more", st.title,
		report.Commits, report.Facts, short(written), short(b.audited))
	fresh := st.raw + ".new"
	if err := twin(filepath.Join(st.parley, "jetstream"), filepath.Join(fresh, "jetstream")); err != nil {
		return err
	}
	return os.Rename(fresh, st.raw)
}

// write writes the commits of a timeline, and returns the last. The server does
// not force each to disk: all of it is forced there when the server has stopped.
func write(ctx context.Context, d *storedir.Dir, t *timeline) (storedir.Mark, error) {
	server, err := startRaw(d.Path(), false)
	if err != nil {
		return storedir.Mark{}, err
	}
	w := &writer{raw: server}
	if _, err = natslog.Open(ctx, server.conn, natslog.Guard{Begun: d.MarkStreamCreated}); err == nil {
		if err = w.tell(ctx, t); err == nil {
			err = w.finish(ctx)
		}
	}
	server.stop()
	if err != nil {
		return storedir.Mark{}, err
	}
	return w.last, filepath.WalkDir(filepath.Join(d.Path(), "jetstream"), force)
}

// force forces a file to disk.
func force(path string, e fs.DirEntry, err error) error {
	if err != nil || !e.Type().IsRegular() {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// audit walks the whole log of a store that was just made, as parley verify
// does, on a server that forces every message to disk.
func audit(ctx context.Context, path string, last storedir.Mark) (events.Report, error) {
	server, err := startRaw(path, true)
	if err != nil {
		return events.Report{}, err
	}
	defer server.stop()
	log, err := natslog.Open(ctx, server.conn, natslog.Guard{Existed: true, Mark: natslog.Mark(last)})
	if err != nil {
		return events.Report{}, err
	}
	return walk(ctx, log, last)
}

// walk gives every commit of a log to an Audit.
func walk(ctx context.Context, log *natslog.Log, last storedir.Mark) (events.Report, error) {
	a := events.NewAudit()
	a.Expect(last.Position, last.Hash)
	end, err := log.ScanStored(ctx, 0, func(p events.Placed) error {
		a.Next(p)
		return nil
	})
	if err != nil {
		return events.Report{}, err
	}
	report := a.Report(end)
	return report, report.Err()
}

// twin makes a copy of a server's folder. Full blocks are the same files in
// both, as no server ever writes to them again; everything else is copied.
func twin(from, to string) error {
	blocks, err := filepath.Glob(filepath.Join(from, "$G", "streams", "*", "msgs", "*.blk"))
	if err != nil {
		return err
	}
	newest := map[string]string{} // by folder: of the names of blocks, which are numbers, the highest
	for _, path := range blocks {
		if dir, name := filepath.Split(path); number(name) > number(newest[dir]) {
			newest[dir] = name
		}
	}
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		dir, block := filepath.Split(path)
		if strings.HasSuffix(block, ".blk") && newest[dir] != block {
			return os.Link(path, target)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

// number returns the number of a block; 0 if it has none.
func number(block string) int {
	var n int
	_, _ = fmt.Sscanf(block, "%d.blk", &n)
	return n
}

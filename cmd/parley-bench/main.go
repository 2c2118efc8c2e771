// Command parley-bench measures Parley against raw JetStream and against plain
// databases, and prints what it finds as Markdown tables, or as JSON.
//
// It makes stores of its own, of one LMC year (800 cases of 20 commits) up to a
// decade of England (620,000 cases). Each figure is a ratio of Parley to what
// does the least that must be done, taken in the same run, turn and turn about,
// for times by themselves mean nothing on a machine that others use. What it
// prints says which of the goals are met; it fails only if it cannot measure.
// It needs the go command and the repository around it, for it builds the
// programs whose processes it times.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "parley-bench:", err)
		os.Exit(1)
	}
}

// bench is one run of the measurements.
type bench struct {
	progress io.Writer
	root     string   // of the repository
	keep     string   // where stores stay for the next run; empty: nowhere
	saved    string   // the folder of results; empty: nowhere
	parley   string   // the program whose processes are timed
	connect  string   // the program that only connects
	self     string   // this program, which the raw processes are of
	stores   []string // the names of those to be measured
	quick    bool
	only     string        // of the parts, those whose names begin so
	peers    *peers        // plain databases; nil while none run
	rows     []row         // of the store that is measured
	audited  time.Duration // how long the audit of the store took that was made last
	all      results
}

// run carries out a command line: a part that is a process of its own, or the whole.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 1 && args[0] == "raw-append" {
		return rawAppend(ctx, args[1])
	}
	b := &bench{progress: stderr}
	flags := flag.NewFlagSet("parley-bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print JSON instead of Markdown")
	flags.BoolVar(&b.quick, "quick", false, "the LMC year alone, unless -stores says more, and fewer rounds")
	flags.StringVar(&b.keep, "keep", "", "a folder in which the stores are kept for the next run, which finds them grown (default: a temporary one)")
	flags.StringVar(&b.saved, "save", "", "a folder in which the results take the place of earlier ones: docs/bench")
	flags.StringVar(&b.only, "only", "", "only the parts whose names begin so: "+strings.Join(partNames(), ", "))
	profile := flags.String("profile", "", "a file for a profile of this process, for go tool pprof")
	which := flags.String("stores", "", "which stores, with commas between: year, decade, million, england (default: all but england)")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errors.Join(err, usageError(flags.Args()))
	}
	if b.only != "" && b.saved != "" {
		return errors.New("-save is for whole runs, and -only leaves parts out")
	}
	if err := b.choose(*which); err != nil {
		return err
	}
	if err := profiled(*profile, func() error { return b.measure(ctx) }); err != nil {
		return err
	}
	if b.saved != "" {
		if err := b.all.save(b.saved); err != nil {
			return err
		}
	}
	if *asJSON {
		return b.all.json(stdout)
	}
	return b.all.markdown(stdout)
}

// profiled does something, and writes where the processor's time went to a file
// if one is named.
func profiled(path string, do func() error) error {
	if path == "" {
		return do()
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = do()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func usageError(left []string) error {
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%s means nothing here: see -help", strings.Join(left, " "))
}

// choose settles which stores are measured.
func (b *bench) choose(which string) error {
	switch {
	case which != "":
		b.stores = strings.Split(which, ",")
	case b.quick:
		b.stores = []string{"year"}
	default:
		b.stores = []string{"year", "decade", "million"}
	}
	for _, name := range b.stores {
		if !slices.ContainsFunc(sizes(), func(s size) bool { return s.name == name }) {
			return fmt.Errorf("there is no store %q: see -help", name)
		}
	}
	return nil
}

// measure makes the stores and takes every measurement on each.
func (b *bench) measure(ctx context.Context) (err error) {
	dir := b.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "parley-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	if err := b.startPeers(ctx, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.peers.stop()) }()
	for _, s := range sizes() {
		if !slices.Contains(b.stores, s.name) {
			continue
		}
		err := b.on(ctx, filepath.Join(dir, s.name), s)
		if errors.Is(err, errNoRoom) {
			b.say("%s is left out: %v", s.title, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	return nil
}

// part is one group of measurements.
type part struct {
	name string
	take func(*bench, context.Context, stores) error
	once bool // of no store in particular: it is taken on the first, unless that is more than one LMC's
}

// parts returns what is measured, in this order: from desk on the store grows.
func parts() []part {
	return []part{
		{"rebuild", (*bench).measureRebuild, false},
		{"load", (*bench).measureLoads, false},
		{"docket", (*bench).measureDocket, false},
		{"process", (*bench).measureProcesses, false},
		{"server", (*bench).measureServer, false},
		{"desk", (*bench).measureDesk, false},
		{"writers", (*bench).measureWriters, false},
		{"follow", (*bench).measureFollow, false},
		{"memory", (*bench).measureMemory, false},
		{"due", (*bench).measureDue, true},
		{"alarms", (*bench).measureAlarms, true},
		{"crowd", (*bench).measureCrowd, true},
		{"peers", (*bench).measurePeers, true},
	}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// on takes every measurement on a store of this size, and notes what was found.
func (b *bench) on(ctx context.Context, dir string, s size) error {
	began, here := time.Now(), lookAround()
	b.audited = 0
	st, err := b.stock(ctx, dir, s)
	if err != nil {
		return err
	}
	if b.keep == "" {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	b.rows = nil
	for _, p := range parts() {
		if !strings.HasPrefix(p.name, b.only) || p.once && (s.name != b.stores[0] || s.n > perLMC) {
			continue
		}
		b.say("%s: %s", s.title, p.name)
		if err := p.take(b, ctx, st); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	here.Load[1] = load()
	b.all.Stores = append(b.all.Stores, taken{
		Store: s.title, Commits: s.commits(), Date: began.UTC().Truncate(time.Second), Took: short(time.Since(began)), Machine: here,
		Practices: map[bool]string{true: "real", false: "made up"}[st.real], Quick: b.quick, Rows: b.rows,
	})
	return nil
}

// add adds rows to the table.
func (b *bench) add(rows ...row) { b.rows = append(b.rows, rows...) }

// say tells whoever waits what is being done.
func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

// rounds is how often something is measured on a store: n times, or fewer if it
// is to be quick or the store is large.
func (b *bench) rounds(st stores, n int) int {
	switch {
	case b.quick || st.large():
		return max(3, n/3)
	case st.n > perLMC:
		return max(3, n/2)
	}
	return n
}

// Command parley-bench measures Parley against raw JetStream and prints what it
// finds as a Markdown table, or as JSON.
//
// It makes two stores of its own: one LMC year (800 cases of 20 commits) and a
// million commits (50,000 cases). Each figure is a ratio of Parley to what does
// the least that must be done, taken in the same run, turn and turn about, for
// times by themselves mean nothing on a machine that others use. What it
// prints says which of the goals are met; it fails only if it cannot measure.
// It needs the go command, for it builds the program whose processes it times.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
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
	keep     string // where stores stay for the next run; empty: nowhere
	parley   string // the program whose processes are timed
	self     string // this program, which the raw processes are of
	quick    bool
	only     string // of the parts, those whose names begin so
	rows     []row
}

// run carries out a command line: one of the parts that are processes of their
// own, or the whole.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 1 {
		switch args[0] {
		case "raw-append":
			return rawAppend(ctx, args[1])
		case "hold":
			return hold(ctx, args[1], stdout)
		case "rebuild":
			return rebuildAlone(ctx, args[1], stdout)
		}
	}
	b := &bench{progress: stderr}
	flags := flag.NewFlagSet("parley-bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print JSON instead of Markdown")
	flags.BoolVar(&b.quick, "quick", false, "the LMC year alone, and fewer rounds")
	flags.StringVar(&b.keep, "keep", "", "a folder in which the stores are kept for the next run, which finds them grown (default: a temporary one)")
	flags.StringVar(&b.only, "only", "", "only the parts whose names begin so: rebuild, load, process, memory, desk, writers")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errors.Join(err, usageError(flags.Args()))
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	if *asJSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(b.rows)
	}
	return markdown(stdout, b.rows)
}

func usageError(left []string) error {
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%s means nothing here: see -help", strings.Join(left, " "))
}

// measure makes the stores and takes every measurement on each.
func (b *bench) measure(ctx context.Context) (err error) {
	dir := b.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "parley-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	sizes := []size{{"LMC year", 1}, {"1M", 62}}
	if b.quick {
		sizes = sizes[:1]
	}
	for _, s := range sizes {
		if err := b.on(ctx, filepath.Join(dir, fmt.Sprintf("years-%d", s.years)), s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// on takes every measurement on a store of this size.
func (b *bench) on(ctx context.Context, dir string, s size) error {
	st, err := b.stock(ctx, dir, s)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		take func(context.Context, stores) error
	}{
		// The last two make the store grow.
		{"rebuild", b.measureRebuild},
		{"load", b.measureLoads},
		{"process", b.measureProcesses},
		{"memory", b.measureMemory},
		{"desk", b.measureDesk},
		{"writers", b.measureWriters},
	} {
		if !strings.HasPrefix(part.name, b.only) {
			continue
		}
		b.say("%s: %s", s.name, part.name)
		if err := part.take(ctx, st); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// say tells whoever waits what is being done.
func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

// rounds is how often something is measured: n times, or fewer if it is to be quick.
func (b *bench) rounds(n int) int {
	if b.quick {
		return max(3, n/3)
	}
	return n
}

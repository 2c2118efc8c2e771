// Command parley-torture tries what the log of Parley survives, and reports what
// was done, how often, and what was found.
//
// It runs the tests of cmd/parley that kill processes, fill disks, turn clocks
// and take clusters apart, in their long form, and then each fuzz target of the
// repository for a minute, on one processor each. The report is Markdown: machine, date, a line for
// each trial, and whatever failed with its output, so that it can be repeated.
// It fails if anything was found. It needs the go command, and is run in the
// repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "parley-torture:", err)
		os.Exit(1)
	}
}

// errFound says that something did not survive.
var errFound = errors.New("something was found: see the report")

// torture is one run of everything.
type torture struct {
	mu       sync.Mutex // of progress
	progress io.Writer
	short    bool          // the form that CI runs too
	fuzz     time.Duration // of each target; 0: not at all
	only     string        // of the tests and targets, those that this regular expression matches
}

// run carries out a command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	t := &torture{progress: stderr}
	flags := flag.NewFlagSet("parley-torture", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&t.short, "short", false, "the short form of each test, as in CI")
	flags.DurationVar(&t.fuzz, "fuzz", time.Minute, "how long each fuzz target is run; 0 for not at all")
	flags.StringVar(&t.only, "only", "", "only the tests and fuzz targets whose names match this regular expression")
	into := flags.String("into", "", "a file whose part below the line \"## Latest\" the report replaces (default: print it)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood: give flags only, as parley-torture -help lists them", flags.Args())
	}
	found, err := t.all(ctx)
	if err != nil {
		return err
	}
	if *into == "" {
		_, err = io.WriteString(stdout, found.markdown())
	} else {
		err = replaceLatest(*into, found.markdown())
	}
	if err == nil && found.failed() > 0 {
		err = fmt.Errorf("%w: %d of %d trials failed", errFound, found.failed(), len(found.trials))
	}
	return err
}

// all tries everything.
func (t *torture) all(ctx context.Context) (report, error) {
	r := report{machine: machine(ctx), began: time.Now(), short: t.short}
	tests, err := t.tests(ctx)
	if err != nil {
		return r, err
	}
	r.trials = tests
	if t.fuzz > 0 {
		targets, err := t.fuzzing(ctx)
		if err != nil {
			return r, err
		}
		r.trials = append(r.trials, targets...)
	}
	r.took = time.Since(r.began)
	return r, nil
}

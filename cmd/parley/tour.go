package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newTour(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "tour", Short: "See a whole case worked, step by step, on a throwaway store", Args: cobra.NoArgs,
		Long: `Work a whole case with fictional bodies on a throwaway rehearsal store: a gap is
reported, costed and negotiated, practices serve notice, the ICB comes back. The
commands that are shown are the ones that are run.`,
		Example: `  parley tour
  parley tour -o json --jq '.[].command'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.tour(cmd.Context()) },
	}
}

// told is one step of the tour as programs are given it.
type told struct {
	Clock   string `json:"clock"`
	Says    string `json:"says,omitempty"`
	Command string `json:"command"`
	Exit    int    `json:"exit"`
	Output  string `json:"output"`
}

// tour runs every step on a store of its own and takes the store away.
func (a *app) tour(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "parley-tour-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	list := filepath.Join(dir, "epraccur.csv")
	if err := os.WriteFile(list, []byte(severnshire()), 0o600); err != nil {
		return err
	}
	aloud := a.stdout
	if a.output != "table" {
		aloud = io.Discard
	}
	_, _ = fmt.Fprintf(aloud, "A case from gap to outcome. All bodies are made up; the store is thrown away.\nEach command is real: the clock before it is what PARLEY_CLOCK is set to.\n")
	var all []told
	for _, s := range itinerary(list) {
		t, err := a.take(ctx, s, filepath.Join(dir, "store"))
		if err != nil {
			return err
		}
		t.Command = strings.ReplaceAll(t.Command, list, "epraccur.csv")
		t.Output = strings.ReplaceAll(strings.ReplaceAll(t.Output, list, "epraccur.csv"), filepath.Join(dir, "store"), "./store")
		if t.Says != "" {
			_, _ = fmt.Fprintf(aloud, "\n== %s ==\n", t.Says)
		}
		_, _ = fmt.Fprintf(aloud, "\n[%s] $ %s\n%s", s.clock[:10], t.Command, t.Output)
		all = append(all, t)
	}
	_, _ = fmt.Fprintf(aloud, "\nThat was the tour. To begin: parley init --help\n")
	if a.output == "table" {
		return nil
	}
	return a.print(tourReport(all))
}

func tourReport(all []told) report {
	r := report{value: all, columns: []string{"clock", "says", "command", "exit"}}
	for _, t := range all {
		r.rows = append(r.rows, []cell{text(t.Clock), text(t.Says), text(t.Command), number(t.Exit)})
	}
	return r
}

// take runs one step as the program would be run, with its own clock.
func (a *app) take(ctx context.Context, s step, store string) (told, error) {
	var out bytes.Buffer
	run := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &out, now: a.now, width: pageWidth(a.width),
		getenv: func(name string) string {
			switch name {
			case "PARLEY_STORE":
				return store
			case "PARLEY_CLOCK":
				return s.clock
			case "PARLEY_CONTEXT", "PARLEY_KEY_FILE":
				return ""
			}
			return a.getenv(name)
		},
	}
	exit := run.run(ctx, s.args)
	if err := ctx.Err(); err != nil {
		return told{}, err
	}
	if exit != s.exit {
		return told{}, fmt.Errorf("the tour stopped: parley %s ended with %d, not %d:\n%s", strings.Join(s.args, " "), exit, s.exit, out.String())
	}
	return told{s.clock, s.says, commandLine(s.args), exit, withoutClockLine(out.String())}, nil
}

// pageWidth returns how wide to show the tour: it is for reading even where
// there is no terminal.
func pageWidth(terminal int) int {
	if terminal > 0 {
		return terminal
	}
	return 80
}

// withoutClockLine leaves out the reminder that the store is a rehearsal.
func withoutClockLine(s string) string {
	if first, rest, ok := strings.Cut(s, "\n"); ok && strings.HasPrefix(first, "Rehearsal store:") {
		return rest
	}
	return s
}

// commandLine writes a command so that it can be pasted into a shell.
func commandLine(args []string) string {
	words := []string{"parley"}
	for _, arg := range args {
		if strings.ContainsAny(arg, " '\"$&;|<>()*?") {
			arg = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(arg) + `"`
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

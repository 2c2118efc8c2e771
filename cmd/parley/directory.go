package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/ods"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/events"
)

func newDirectory(a *app) *cobra.Command {
	return group("directory", "Practices and ICBs, as they were on any day",
		newDirectoryImport(a), newDirectoryFind(a), newDirectoryShow(a), newDirectoryMove(a), newDirectoryEstablish(a), newDirectoryAbolish(a))
}

// imported is the answer to the import of one file.
type imported struct {
	File     string `json:"file"`
	AsAt     string `json:"as_at"`
	Active   int    `json:"active"`
	Dormant  int    `json:"dormant"`
	Closed   int    `json:"closed"`
	Skipped  int    `json:"skipped"` // rows that are no GP practice of England
	Listed   int    `json:"listed"`  // practices new to the directory
	Shut     int    `json:"newly_closed"`
	Reopened int    `json:"reopened"`
	Renamed  int    `json:"renamed"`
	Moved    int    `json:"moved"`
	DryRun   bool   `json:"dry_run,omitempty"`

	// OlderThan is the day of a newer list that had been taken in already, so
	// that this one only added practices that were not known.
	OlderThan string `json:"older_than,omitempty"`
}

func newDirectoryImport(a *app) *cobra.Command {
	var asAt calendar.Date
	var write writeFlags
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Take in the list of GP practices that ODS publishes (epraccur)",
		Long: strings.TrimSpace(`
Take in epraccur.csv, in either of its published layouts. Only GP practices of
England are taken. What differs from what is known becomes dated facts: opened,
closed, renamed, moved to another ICB. The same file again changes nothing. If
a row cannot be right, nothing of any file is taken, and all such rows are named.

Give the oldest list first: one that is older than a list taken in before only
adds practices that are not known. Each is taken to be as at the last day that
it mentions, unless --as-at says otherwise.

Since 2026 the list's ICB goes by where a practice lies. One that it puts under
another ICB than most of its neighbours is named, and is not moved if it is
known already: parley directory move does that where it is right.`),
		Example: `  parley directory import epraccur.csv
  parley directory import epraccur.csv --as-at 2026-02-06 --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{fmt.Errorf("which file? Give epraccur.csv as ODS publishes it")}
			}
			if len(args) > 1 && !asAt.IsZero() {
				return usageError{fmt.Errorf("--as-at is for one file at a time")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return a.importFiles(ctx, s, files, asAt, write)
			})
		},
	}
	dateVar(cmd.Flags(), &asAt, "as-at", "the day on which the list was true")
	write.register(cmd.Flags())
	return cmd
}

// importFiles reads every file before it takes any in.
func (a *app) importFiles(ctx context.Context, s *session, files []string, asAt calendar.Date, write writeFlags) (report, error) {
	how, err := write.request(s)
	if err != nil {
		return report{}, err
	}
	if len(files) > 1 && write.command != "" {
		return report{}, usageError{fmt.Errorf("--command-id is for one file at a time")}
	}
	bodies, err := s.office.Bodies(ctx, nil)
	if err != nil {
		return report{}, err
	}
	editions := make([]ods.Edition, len(files))
	for i, file := range files {
		if editions[i], err = readEdition(file, bodies.Knows); err != nil {
			return report{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	var answers []imported
	for i, e := range editions {
		as := asAt
		if as.IsZero() {
			as = e.AsAt(s.today())
		}
		out, err := s.office.UpdateDirectory(ctx, e.Import(as), how)
		if err != nil {
			return report{}, fmt.Errorf("%s: %w", files[i], err)
		}
		if err := s.committed(ctx, out, how); err != nil {
			return report{}, err
		}
		answers = append(answers, importAnswer(files[i], as, e, out, how.DryRun))
		a.warnOfAge(files[i], out)
		a.warnOfStrays(files[i], e, out)
		if how, err = write.request(s); err != nil {
			return report{}, err
		}
	}
	return importReport(answers), nil
}

func readEdition(file string, known func(string) bool) (ods.Edition, error) {
	f, err := os.Open(file)
	if err != nil {
		return ods.Edition{}, err
	}
	defer func() { _ = f.Close() }()
	return ods.Read(io.Reader(f), known)
}

// warnOfAge says that a list was overtaken by one that had been taken in before.
func (a *app) warnOfAge(file string, out casework.Outcome) {
	if !out.Overtaken.IsZero() {
		a.say("%s is older than the list of %s already taken in: only unknown practices were added.", file, out.Overtaken.Long())
	}
}

// warnOfStrays names practices whose ICB in the file is likely where they lie,
// and says what was made of it.
func (a *app) warnOfStrays(file string, e ods.Edition, out casework.Outcome) {
	if len(e.Astray) == 0 {
		return
	}
	listed := map[string]bool{}
	for _, f := range out.Facts {
		if l, ok := f.Event.(events.PracticeListed); ok {
			listed[l.Practice] = true
		}
	}
	a.say("%s puts %s under another ICB than their neighbours, likely by where they lie.", file, count(len(e.Astray), "practice"))
	a.say("Where one has moved, or is wrong: parley directory move CODE --icb CODE --from DATE")
	for _, s := range e.Astray {
		made := "known already, not moved"
		if listed[s.Practice] {
			made = "new, taken as published"
		}
		a.say("  %s under %s, its neighbours under %s: %s", s.Practice, s.Listed, s.Likely, made)
	}
}

func importAnswer(file string, as calendar.Date, e ods.Edition, out casework.Outcome, dryRun bool) imported {
	i := imported{
		File: file, AsAt: as.String(), Active: e.Active, Dormant: e.Dormant, Closed: e.Closed,
		Skipped: e.Welsh + e.Proposed + e.Other, DryRun: dryRun, OlderThan: out.Overtaken.String(),
	}
	for _, f := range out.Facts {
		switch f.Event.(type) {
		case events.PracticeListed:
			i.Listed++
		case events.PracticeClosed:
			i.Shut++
		case events.PracticeReopened:
			i.Reopened++
		case events.PracticeRenamed:
			i.Renamed++
		case events.PracticeMoved:
			i.Moved++
		}
	}
	return i
}

// write writes the answer as people read it.
func (i imported) write(w io.Writer, width int) {
	as, _ := calendar.Parse(i.AsAt)
	hanging(w, "", fmt.Sprintf("%s, as at %s: %s, %d of them open", i.File, as.Long(), count(i.Active+i.Dormant+i.Closed, "GP practice"), i.Active+i.Dormant), width)
	verb := "recorded"
	if i.DryRun {
		verb = "would be recorded"
	}
	hanging(w, "  ", fmt.Sprintf("%s: %d new, %d closed, %d reopened, %d renamed, %d moved to another ICB", verb, i.Listed, i.Shut, i.Reopened, i.Renamed, i.Moved), width)
	if i.Skipped > 0 {
		hanging(w, "  ", fmt.Sprintf("passed over: %s that are no open or closed GP practice of England", count(i.Skipped, "row")), width)
	}
}

func importReport(answers []imported) report {
	r := report{
		value:   answers,
		columns: []string{"file", "as_at", "active", "closed", "skipped", "listed", "newly_closed", "reopened", "renamed", "moved"},
		page: func(w io.Writer, width int) {
			for _, i := range answers {
				i.write(w, width)
			}
		},
	}
	for _, i := range answers {
		as, _ := calendar.Parse(i.AsAt)
		r.rows = append(r.rows, []cell{
			text(i.File), date(as), number(i.Active + i.Dormant), number(i.Closed), number(i.Skipped),
			number(i.Listed), number(i.Shut), number(i.Reopened), number(i.Renamed), number(i.Moved),
		})
	}
	return r
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/ods"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/timeline"
)

func newDirectory(a *app) *cobra.Command {
	return group("directory", "Practices and ICBs, as they were on any day",
		newDirectoryImport(a), newDirectoryFind(a), newDirectoryShow(a), newDirectoryEstablish(a), newDirectoryAbolish(a))
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

Give the oldest list first. Each is taken to be as at the last day that it
mentions, unless --as-at says otherwise.`),
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
	how, err := write.request(s.dir.Identity().Actor)
	if err != nil {
		return report{}, err
	}
	if len(files) > 1 && write.command != "" {
		return report{}, usageError{fmt.Errorf("--command-id is for one file at a time")}
	}
	bodies, err := s.views.Bodies(ctx, nil)
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
		out, err := s.desk.UpdateDirectory(ctx, e.Import(as), how)
		if err != nil {
			return report{}, fmt.Errorf("%s: %w", files[i], err)
		}
		if err := s.views.CatchUp(ctx, out.Position); err != nil {
			return report{}, err
		}
		answers = append(answers, importAnswer(files[i], as, e, out, how.DryRun))
		a.warnOfStrays(files[i], e)
		if how, err = write.request(how.Actor); err != nil {
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

// warnOfStrays names practices whose ICB in the file looks like a mistake of the file.
func (a *app) warnOfStrays(file string, e ods.Edition) {
	if len(e.Astray) == 0 {
		return
	}
	_, _ = fmt.Fprintf(a.stderr, "%s puts %d practices under another ICB than their neighbours; taken as published:\n", file, len(e.Astray))
	for _, s := range e.Astray {
		_, _ = fmt.Fprintf(a.stderr, "  %s under %s, its neighbours under %s\n", s.Practice, s.Listed, s.Likely)
	}
}

func importAnswer(file string, as calendar.Date, e ods.Edition, out casework.Outcome, dryRun bool) imported {
	i := imported{
		File: file, AsAt: as.String(), Active: e.Active, Dormant: e.Dormant, Closed: e.Closed,
		Skipped: e.Welsh + e.Proposed + e.Other, DryRun: dryRun,
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

// body is a practice or an ICB as the directory knows it on a day.
type body struct {
	Code       string        `json:"code"`
	Kind       bodies.Kind   `json:"kind"`
	Name       string        `json:"name"`
	ICB        string        `json:"icb"` // of a practice
	From       calendar.Date `json:"from"`
	Until      calendar.Date `json:"until"` // its last day
	Open       bool          `json:"open"`
	Successors []string      `json:"successors"`
}

func (b body) report() report {
	return report{
		value: b, columns: []string{"code", "kind", "name", "icb", "from", "until", "successors"},
		rows: [][]cell{{
			text(b.Code), text(string(b.Kind)), text(b.Name), text(b.ICB), date(b.From), date(b.Until), text(strings.Join(b.Successors, " ")),
		}},
	}
}

func practiceBody(p directory.Practice, on calendar.Date) body {
	b := body{Code: p.Code, Kind: bodies.KindPractice, Name: p.NameOn(on), ICB: p.ICBOn(on), Until: p.Closed(), Open: p.OpenOn(on), Successors: []string{}}
	if len(p.Open) > 0 {
		b.From = p.Open[0].From
	}
	return b
}

func icbBody(c directory.Commissioner, on calendar.Date) body {
	return body{
		Code: c.Code, Kind: bodies.KindCommissioner, Name: c.Name, From: c.From, Until: c.Until, Open: c.ExistsOn(on),
		Successors: append([]string{}, c.Successors...),
	}
}

func foundReport(found []bodies.Row, wanted string) report {
	r := report{
		value: append([]bodies.Row{}, found...), columns: []string{"code", "kind", "name", "icb", "closed"},
		empty: fmt.Sprintf("Nothing in the directory matches %q. To bring it up to date: parley directory import FILE", wanted),
	}
	for _, b := range found {
		r.rows = append(r.rows, []cell{text(b.Code), text(string(b.Kind)), text(b.Name), text(b.ICB), date(b.Closed)})
	}
	return r
}

func newDirectoryFind(a *app) *cobra.Command {
	var limit int
	var icb string
	var open bool
	cmd := &cobra.Command{
		Use: "find [TEXT]", Short: "Find practices and ICBs by name or code",
		Example: `  parley directory find "queens park"
  parley directory find sussex -o json
  parley directory find --icb QR1 --open --limit 200 -o csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && icb == "" {
				return usageError{errors.New("find what? Give a part of a name or a code, or --icb CODE for the practices of one ICB")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted := strings.Join(args, " ")
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				if err := s.known(ctx, icb); err != nil {
					return report{}, err
				}
				found, _, err := s.find(ctx, bodies.Search{Text: wanted, On: s.today()})
				found = slices.DeleteFunc(found, func(b bodies.Row) bool { return icb != "" && b.ICB != icb || open && !b.Open })
				more := limit > 0 && len(found) > limit
				if more {
					found = found[:limit]
					_, _ = fmt.Fprintf(a.stderr, "There are more: narrow the search, or raise --limit above %d.\n", limit)
				}
				return foundReport(found, wanted), err
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "the most to show; 0 for all")
	cmd.Flags().StringVar(&icb, "icb", "", "only practices that come under this ICB")
	cmd.Flags().BoolVar(&open, "open", false, "only those that are open")
	must(cmd.RegisterFlagCompletionFunc("icb", a.completeICBs))
	return cmd
}

func newDirectoryShow(a *app) *cobra.Command {
	var on calendar.Date
	cmd := &cobra.Command{
		Use: "show CODE", Short: "Show a practice or an ICB as it was on a day",
		Example: `  parley directory show L84001
  parley directory show QNX --on 2026-04-01`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: a.completeBodies,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				day := on
				if day.IsZero() {
					day = s.today()
				}
				b, err := s.body(ctx, args[0], day)
				return b.report(), err
			})
		},
	}
	dateVar(cmd.Flags(), &on, "on", "the day (default: today)")
	return cmd
}

// find searches practices and ICBs, and says whether there are more than it found.
func (s *session) find(ctx context.Context, search bodies.Search) ([]bodies.Row, bool, error) {
	known, err := s.views.Bodies(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	icbs, moreICBs := bodies.FindCommissioners(slices.Values(known.Commissioners()), search)
	practices, more := bodies.FindPractices(s.views.Practices.All(ctx, &err), search)
	return append(icbs, practices...), more || moreICBs, err
}

// known refuses codes that no body has ever had, where one was given.
func (s *session) known(ctx context.Context, codes ...string) error {
	for _, code := range codes {
		if code == "" {
			continue
		}
		if _, err := s.body(ctx, code, s.today()); err != nil {
			return err
		}
	}
	return nil
}

// body looks a code up, whatever became of its bearer.
func (s *session) body(ctx context.Context, code string, on calendar.Date) (body, error) {
	known, err := s.views.Bodies(ctx, []string{code})
	if err != nil {
		return body{}, err
	}
	for _, c := range known.Commissioners() {
		if c.Code == code {
			return icbBody(c, on), nil
		}
	}
	for _, p := range known.Practices() {
		if p.Code == code {
			return practiceBody(p, on), nil
		}
	}
	if directory.IsCommissionerCode(code) {
		_, err = known.Commissioner(code, on)
	} else {
		_, err = known.Practice(code, on)
	}
	return body{}, err
}

func newDirectoryEstablish(a *app) *cobra.Command {
	var cmd directory.EstablishCommissioner
	return a.updateDirectory("establish CODE --name NAME --from DATE", "Enter an ICB that is not built in",
		`  parley directory establish Z1Z1Z --name "NHS Severnshire Integrated Care Board" --from 2027-04-01`,
		func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Name, "name", "", "its statutory name")
			dateVar(c.Flags(), &cmd.From, "from", "its first day")
			required(c, "name", "from")
		},
		func(code string) directory.Command {
			cmd.ICB = code
			return cmd
		})
}

func newDirectoryAbolish(a *app) *cobra.Command {
	var cmd directory.AbolishCommissioner
	return a.updateDirectory("abolish CODE --last-day DATE --successor CODE...", "Record that an ICB ends, and who takes over",
		`  parley directory abolish QR1 --last-day 2027-03-31 --successor Z1Z1Z`,
		func(c *cobra.Command) {
			dateVar(c.Flags(), &cmd.LastDay, "last-day", "its last day")
			c.Flags().StringSliceVar(&cmd.Successors, "successor", nil, "ODS code of a successor; repeat it for more")
			required(c, "last-day", "successor")
		},
		func(code string) directory.Command {
			cmd.ICB = code
			return cmd
		})
}

// updateDirectory returns the cobra command of a verb that changes one body.
func (a *app) updateDirectory(use, short, example string, flags func(*cobra.Command), build func(code string) directory.Command) *cobra.Command {
	var write writeFlags
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				how, err := write.request(s.dir.Identity().Actor)
				if err != nil {
					return report{}, err
				}
				out, err := s.desk.UpdateDirectory(ctx, build(args[0]), how)
				if err != nil {
					return report{}, err
				}
				if err := s.views.CatchUp(ctx, out.Position); err != nil {
					return report{}, err
				}
				return directoryReport(out, how), nil
			})
		},
	}
	flags(cmd)
	write.register(cmd.Flags())
	return cmd
}

// directoryReport is the answer to a change of the directory.
func directoryReport(out casework.Outcome, how casework.Request) report {
	answer := changed{
		Ref: out.Aggregate.ID, Version: out.Version, Stage: "directory", CommandID: how.Command.String(),
		Recorded: []recorded{}, Repeated: out.Repeated, DryRun: how.DryRun,
	}
	for i, f := range out.Facts {
		answer.Recorded = append(answer.Recorded, recorded{events.EventID{Version: out.Version, Index: i + 1}.String(), events.Name(f.Event), f.On.String(), timeline.Describe(f.Event)})
	}
	r := answer.report(out.Facts)
	r.empty = "nothing to record, it was so already"
	return r
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/govuk"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/holidays"
	"parley/events"
)

func newCalendar(a *app) *cobra.Command {
	return group("calendar", "Bank holidays and working days", newCalendarShow(a), newCalendarImport(a), newCalendarCheck(a))
}

// holiday is a bank holiday as the calendar verbs print it.
type holiday struct {
	Date       calendar.Date `json:"date"`
	Division   string        `json:"division"`
	Title      string        `json:"title"`
	Substitute bool          `json:"substitute"`
}

func newCalendarShow(a *app) *cobra.Command {
	var year int
	var jurisdiction string
	cmd := &cobra.Command{
		Use: "show", Short: "List the bank holidays that are known", Args: cobra.NoArgs,
		Example: `  parley calendar show
  parley calendar show --year 2027 --jurisdiction scotland -o csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			divisions, err := divisionsOf(jurisdiction)
			if err != nil {
				return err
			}
			known, today, err := a.calendar(cmd.Context())
			if err != nil {
				return err
			}
			if year == 0 {
				year, _, _ = today.Split()
			}
			return a.print(calendarReport(known, divisions, year))
		},
	}
	cmd.Flags().IntVar(&year, "year", 0, "the year (default: this one)")
	jurisdictionFlag(cmd, &jurisdiction)
	return cmd
}

func jurisdictionFlag(cmd *cobra.Command, name *string) {
	var names []string
	for _, d := range calendar.Divisions() {
		names = append(names, string(d))
	}
	cmd.Flags().StringVar(name, "jurisdiction", "", "only this one: "+strings.Join(names, ", "))
	must(cmd.RegisterFlagCompletionFunc("jurisdiction", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)))
}

// divisionsOf returns the division of this name, or all for none.
func divisionsOf(name string) ([]calendar.Division, error) {
	if name == "" {
		return calendar.Divisions(), nil
	}
	for _, d := range calendar.Divisions() {
		if string(d) == name {
			return []calendar.Division{d}, nil
		}
	}
	return nil, usageError{fmt.Errorf("--jurisdiction %q is not one: use england-and-wales, scotland or northern-ireland", name)}
}

func calendarReport(known calendar.Calendar, divisions []calendar.Division, year int) report {
	found := []holiday{}
	r := report{
		columns: []string{"date", "division", "title", "substitute"},
		empty:   fmt.Sprintf("No bank holidays of %d are known: they are published up to %s.", year, known.Horizon().Long()),
	}
	for _, d := range divisions {
		for _, h := range known.Holidays(d, year) {
			found = append(found, holiday{h.Date, string(h.Division), h.Title, h.Substitute})
			r.rows = append(r.rows, []cell{date(h.Date), text(h.Division.Name()), text(h.Title), mark(h.Substitute, "substitute")})
		}
	}
	r.value = struct {
		Version  string        `json:"version"`
		Horizon  calendar.Date `json:"horizon"` // later days are provisional
		Year     int           `json:"year"`
		Holidays []holiday     `json:"holidays"`
	}{known.Version(), known.Horizon(), year, found}
	return r
}

func newCalendarImport(a *app) *cobra.Command {
	var published calendar.Date
	var write writeFlags
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take in the list of bank holidays that GOV.UK publishes",
		Long: `Take in bank-holidays.json as GOV.UK publishes it. What differs from what is known
becomes a dated fact, and every deadline that is still running is dated afresh at
once; the timeline of its case says so. Earlier moments keep the calendar that
was known then.`,
		Example: `  parley calendar import bank-holidays.json
  parley calendar import bank-holidays.json --published 2026-11-20 --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := readHolidays(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				how, err := write.request(s)
				if err != nil {
					return report{}, err
				}
				if published.IsZero() {
					published = s.today()
				}
				out, err := s.office.UpdateCalendar(ctx, holidays.Import{Source: govuk.Source, Published: published, Holidays: list}, how)
				if err != nil {
					return report{}, err
				}
				if err := s.office.CatchUp(ctx, out.Position); err != nil {
					return report{}, err
				}
				return revisionReport(out, how), nil
			})
		},
	}
	dateVar(cmd.Flags(), &published, "published", "the day on which the list was published (default: today)")
	write.register(cmd.Flags())
	return cmd
}

func readHolidays(file string) ([]calendar.Holiday, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	list, err := govuk.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// revisionReport is the answer to the import of a list of bank holidays.
func revisionReport(out casework.Outcome, how casework.Request) report {
	type change struct {
		Change string `json:"change"` // added or removed
		holiday
	}
	changes := []change{}
	r := report{columns: []string{"change", "date", "division", "title"}, empty: "The list says nothing new."}
	for _, f := range out.Facts {
		e, ok := f.Event.(events.CalendarRevised)
		if !ok {
			continue
		}
		note := func(what string, list []calendar.Holiday) {
			for _, h := range list {
				changes = append(changes, change{what, holiday{h.Date, string(h.Division), h.Title, h.Substitute}})
				r.rows = append(r.rows, []cell{text(what), date(h.Date), text(h.Division.Name()), text(h.Title)})
			}
		}
		note("added", e.Added)
		note("removed", e.Removed)
	}
	r.value = struct {
		Version  int      `json:"version"`
		Changes  []change `json:"changes"`
		Repeated bool     `json:"repeated,omitempty"`
		DryRun   bool     `json:"dry_run,omitempty"`
	}{out.Version, changes, out.Repeated, how.DryRun}
	return r
}

// dayChecked is what one definition of working days says of a day.
type dayChecked struct {
	Working   string `json:"working"` // the definition
	Title     string `json:"title"`
	IsWorking bool   `json:"is_working_day"`
	Why       string `json:"why"` // why not
	Authority string `json:"authority"`
}

func newCalendarCheck(a *app) *cobra.Command {
	var working string
	cmd := &cobra.Command{
		Use: "check DATE", Short: "Say whether a day is a working day, by each definition",
		Example: `  parley calendar check 2026-11-30
  parley calendar check 2026-06-15 --jurisdiction uk-any -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := calendar.Parse(args[0])
			if err != nil {
				return usageError{err}
			}
			definitions := calendar.Workings()
			if working != "" {
				one, err := calendar.ParseWorking(working)
				if err != nil {
					return usageError{err}
				}
				definitions = []calendar.Working{one}
			}
			known, _, err := a.calendar(cmd.Context())
			if err != nil {
				return err
			}
			return a.print(checkReport(known, day, definitions))
		},
	}
	cmd.Flags().StringVar(&working, "jurisdiction", "", "only by this definition: england-and-wales, scotland, northern-ireland, uk-any, psr, court")
	return cmd
}

func checkReport(known calendar.Calendar, day calendar.Date, definitions []calendar.Working) report {
	checked := []dayChecked{}
	for _, w := range definitions {
		why, off := known.Off(w, day)
		checked = append(checked, dayChecked{string(w), w.Title(), !off, why, w.Authority()})
	}
	provisional := day.After(known.Horizon())
	r := report{
		columns: []string{"date", "definition", "working_day", "why_not"},
		value: struct {
			Date        calendar.Date `json:"date"`
			Weekday     string        `json:"weekday"`
			Provisional bool          `json:"provisional"` // bank holidays are not published so far ahead
			Definitions []dayChecked  `json:"definitions"`
		}{day, day.Weekday().String(), provisional, checked},
		page: func(w io.Writer, width int) {
			_, _ = fmt.Fprintln(w, day.Long())
			for _, c := range checked {
				answer := "yes"
				if !c.IsWorking {
					answer = "no: " + c.Why
				}
				hanging(w, fmt.Sprintf("  %-18s ", c.Working), answer, width)
			}
			if provisional {
				hanging(w, "", "Provisional: bank holidays are published up to "+known.Horizon().Long()+".", width)
			}
		},
	}
	for _, c := range checked {
		r.rows = append(r.rows, []cell{date(day), text(c.Working), text(fmt.Sprint(c.IsWorking)), text(c.Why)})
	}
	return r
}

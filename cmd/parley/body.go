package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/projections/bodies"
)

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
		page: b.write,
	}
}

// write writes the body as people read it.
func (b body) write(w io.Writer, width int) {
	p := casePage{w, width}
	hanging(w, b.Code+"  ", oneLine(b.Name), width)
	p.field("Kind", "%s", b.Kind)
	if b.ICB != "" {
		p.field("ICB", "%s", b.ICB)
	}
	p.field("From", "%s", b.From.Long())
	if !b.Until.IsZero() {
		p.field("Until", "%s", b.Until.Long())
	}
	if len(b.Successors) > 0 {
		p.field("Successors", "%s", strings.Join(b.Successors, ", "))
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
				if err := s.known(ctx, icb, ""); err != nil {
					return report{}, err
				}
				found, _, err := s.office.Find(ctx, bodies.Search{Text: wanted, On: s.today()})
				found = slices.DeleteFunc(found, func(b bodies.Row) bool { return icb != "" && b.ICB != icb || open && !b.Open })
				more := limit > 0 && len(found) > limit
				if more {
					found = found[:limit]
					a.say("There are more: narrow the search, or raise --limit above %d.", limit)
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

// known refuses codes that no ICB or practice has ever had, where one was given.
func (s *session) known(ctx context.Context, icb, practice string) error {
	bodies, err := s.office.Bodies(ctx, []string{practice})
	if err != nil {
		return err
	}
	if icb != "" && !bodies.Knows(icb) {
		_, err := bodies.Commissioner(icb, s.today())
		return err
	}
	if practice != "" && len(bodies.Practices()) == 0 {
		_, err := bodies.Practice(practice, s.today())
		return err
	}
	return nil
}

// body looks a code up, whatever became of its bearer.
func (s *session) body(ctx context.Context, code string, on calendar.Date) (body, error) {
	known, err := s.office.Bodies(ctx, []string{code})
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

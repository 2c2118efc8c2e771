package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/negotiation"
	"parley/events"
)

// suppositions are what can be supposed of a notice before it is served: it
// shows when the notice would end, and nothing of it is recorded.
type suppositions struct {
	pauses, holidays []string
	extend           string
}

func (w *suppositions) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&w.pauses, "pause", nil, "with --dry-run, suppose a pause, FROM..TO; repeat it for more")
	flags.StringVar(&w.extend, "extend", "", "with --dry-run, suppose an extension, to a date or by a period")
	flags.StringArrayVar(&w.holidays, "holiday", nil, "with --dry-run, suppose that this day is a holiday; repeat it for more")
}

// given reports whether anything is supposed.
func (w *suppositions) given() bool {
	return w != nil && len(w.pauses)+len(w.holidays)+len(w.extend) > 0
}

// check refuses to suppose anything of what is recorded in earnest.
func (w *suppositions) check(dryRun bool) error {
	if w.given() && !dryRun {
		return usageError{fmt.Errorf("--pause, --extend and --holiday only suppose something: give them together with --dry-run")}
	}
	return nil
}

// query returns what is supposed, as a question without a rule. Its errors are
// mistakes in the flags.
func (w *suppositions) query() (deadline.Query, error) {
	var ask deadline.Query
	err := new(limitFlags).ask(&ask, w.pauses, w.extend, w.holidays)
	return ask, err
}

// whatIf is when the notice of a practice would end, as things are and as they
// are supposed to be.
type whatIf struct {
	Practice       string          `json:"practice"`
	Ends           calendar.Date   `json:"ends"` // as things are
	WouldEnd       calendar.Date   `json:"would_end"`
	NotAWorkingDay string          `json:"not_a_working_day"` // of WouldEnd
	Provisional    bool            `json:"provisional"`
	Steps          []deadline.Step `json:"steps"`
}

// ends counts the end of each notice among facts as it is supposed.
func (w *suppositions) ends(known calendar.Calendar, facts []events.Fact) ([]whatIf, error) {
	supposed, err := w.query()
	if err != nil {
		return nil, err
	}
	var all []whatIf
	for _, f := range facts {
		served, is := f.Event.(events.NoticeServed)
		if !is {
			continue
		}
		set, _ := negotiation.NoticeClocks(served)
		ask := supposed
		ask.Rule, ask.From, ask.Service = set.Rule, deadline.Moment{Date: set.Trigger, Time: set.Time}, set.Service
		ask.Limit = deadline.Limit{Period: set.Period, ToMonthEnd: set.ToMonthEnd}
		answer, err := deadline.Compute(known, ask)
		if err != nil {
			return nil, err
		}
		all = append(all, whatIf{
			Practice: set.Practice, Ends: deadline.Clock{DeadlineSet: set}.Due(known), WouldEnd: answer.Due,
			NotAWorkingDay: answer.NotAWorkingDay, Provisional: answer.Provisional, Steps: answer.Steps,
		})
	}
	return all, nil
}

// String says when the notice would end.
func (x whatIf) String() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "what if: the notice of %s would end %s", x.Practice, x.WouldEnd.Long())
	if x.WouldEnd == x.Ends {
		b.WriteString(", as it does")
	} else {
		b.WriteString(", not " + x.Ends.Long())
	}
	if x.NotAWorkingDay != "" {
		b.WriteString(" (not a working day: " + x.NotAWorkingDay + ")")
	}
	if x.Provisional {
		b.WriteString(" (provisional)")
	}
	return b.String()
}

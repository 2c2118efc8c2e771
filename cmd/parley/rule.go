package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/domain/deadline"
)

func newRule(a *app) *cobra.Command {
	return group("rule", "The rulebook: time limits and their authority", newRuleList(a), newRuleShow(a))
}

func newRuleList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rules that deadlines are counted by", Args: cobra.NoArgs,
		Example: `  parley rule list
  parley rule list -o json --jq '.[] | select(.standing == "unverified") | .id'`,
		RunE: func(*cobra.Command, []string) error {
			rules := deadline.Rules()
			r := report{
				value:   rules,
				columns: []string{"id", "limit", "owner", "standing", "authority", "title"},
				brief:   []string{"id", "limit", "owner", "standing", "title"},
			}
			for _, x := range rules {
				r.rows = append(r.rows, []cell{text(string(x.ID)), text(limitText(x)), text(string(x.Owner)), text(string(x.Standing)), text(x.Authority), text(x.Title)})
			}
			return a.print(r)
		},
	}
}

// limitText says in a word how long a rule's limit is.
func limitText(r deadline.Rule) string {
	if !r.Period.IsZero() {
		return r.Period.String()
	}
	if r.Stated {
		return "stated"
	}
	return "local"
}

func newRuleShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show RULE", Short: "Show a rule with its authority and how it is counted",
		Example: `  parley rule show foi-respond
  parley rule show gms-term-partnership -o json`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			rule, err := deadline.Find(args[0])
			if err != nil {
				return err
			}
			return a.print(report{
				value:   rule,
				columns: []string{"id", "version", "limit", "owner", "standing", "authority", "title"},
				rows: [][]cell{{
					text(string(rule.ID)), number(rule.Version), text(limitText(rule)), text(string(rule.Owner)), text(string(rule.Standing)), text(rule.Authority), text(rule.Title),
				}},
				page: func(w io.Writer, width int) { writeRule(w, width, rule) },
			})
		},
	}
}

func writeRule(w io.Writer, width int, r deadline.Rule) {
	line := func(name, value string) {
		if value != "" {
			hanging(w, fmt.Sprintf("%-11s ", name), value, width)
		}
	}
	line("Rule", fmt.Sprintf("%s (version %d)", r.ID, r.Version))
	line("Title", r.Title)
	line("Who acts", string(r.Owner))
	line("From", r.From)
	limit := limitText(r)
	if !r.Period.IsZero() {
		limit = r.Period.Long()
	}
	line("Limit", limit)
	if r.Counting != "" {
		line("Counted", string(r.Counting))
	}
	if r.Backward {
		line("Direction", "backward: it never rolls forward")
	}
	if r.ToMonthEnd {
		line("Month end", "runs on to the end of the month it ends in")
	}
	if r.Calendar != "" {
		line("Calendar", fmt.Sprintf("%s (%s)", r.Calendar.Title(), r.Calendar.Authority()))
	}
	if needs := r.Needs(); needs != "" {
		line("Needs", needs)
	}
	for _, x := range r.Readings {
		line("Reading", x.Name)
	}
	line("Standing", string(r.Standing))
	line("Authority", r.Authority)
	line("Source", string(r.Source))
	line("As read at", r.AsReadAt)
	line("Note", r.Note)
}

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
)

func newCaseCorrect(a *app) *cobra.Command {
	var c negotiation.Correct
	var event string
	var set []string
	return a.change(change{
		use: "correct REF --event N.N --text WHY (--retract | --moved DATE | --set FIELD=VALUE...)", short: "Correct an event that was recorded wrongly",
		long: strings.TrimSpace(`
An event is never changed. A correction is recorded beside it, and everything
is worked out as if it had been said rightly from the start: status, deadlines
and the dates of notices, also of those that took their terms from a contract
that is corrected. A signature keeps the dates it was recorded with: correct it
too. The timeline shows both, and the numbers of events. A field that an event
does not have is answered with those it has. Text that reads as a number goes in
quotation marks: --set 'document="114"'.`),
		example: `  parley case correct GLO-26-0001 --event 7.1 --moved 2026-10-30 --text "Posted a day earlier"
  parley case correct GLO-26-0001 --event 4.1 --set terms.price_pence=450 --text "Misread the letter"
  parley case correct GLO-26-0001 --event 9.1 --retract --text "Belongs to another case"`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&event, "event", "", "the number of the event, such as 7.1")
			cmd.Flags().StringVar(&c.Why, "text", "", "what was wrong, and how you know")
			cmd.Flags().BoolVar(&c.Retract, "retract", false, "it did not happen")
			dateVar(cmd.Flags(), &c.Moved, "moved", "the day it really happened")
			cmd.Flags().StringArrayVar(&set, "set", nil, "a field and its right value, such as terms.price_pence=450; repeat it for more")
			required(cmd, "event", "text")
		},
		build: func(on negotiation.Dated) (_ negotiation.Command, err error) {
			c.Dated = on
			if c.Event, err = events.ParseEventID(event); err != nil {
				return nil, usageError{err}
			}
			c.Fields, err = fields(set)
			return c, err
		},
	})
}

// fields turns FIELD=VALUE pairs into a JSON object. A dot goes down into a
// field that has fields of its own. Values that read as JSON are taken so.
func fields(set []string) (json.RawMessage, error) {
	if len(set) == 0 {
		return nil, nil
	}
	object := map[string]any{}
	for _, pair := range set {
		path, value, ok := strings.Cut(pair, "=")
		names := strings.Split(path, ".")
		if !ok || slices.Contains(names, "") {
			return nil, usageError{fmt.Errorf("--set %q is not FIELD=VALUE", pair)}
		}
		if !place(object, names, value) {
			return nil, usageError{fmt.Errorf("--set %q contradicts another --set of the same field", pair)}
		}
	}
	return json.Marshal(object)
}

// place puts value where names lead from object, and reports whether there was
// nothing yet.
func place(object map[string]any, names []string, value string) bool {
	last := len(names) - 1
	for _, name := range names[:last] {
		if object[name] == nil {
			object[name] = map[string]any{}
		}
		inner, ok := object[name].(map[string]any)
		if !ok {
			return false
		}
		object = inner
	}
	if object[names[last]] != nil {
		return false
	}
	object[names[last]] = value
	if json.Valid([]byte(value)) {
		object[names[last]] = json.RawMessage(value)
	}
	return true
}

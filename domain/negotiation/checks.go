package negotiation

import (
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
)

// notParty refuses a command about a practice that has no part in the case.
func notParty(c Case, code string) error {
	return refuse(ErrNotParty, "%s is not a party to %s", code, c.Ref)
}

// noPractice refuses a command that names no practice.
func noPractice() error { return refuse(ErrMissing, "the practice is missing") }

// party returns the part of a practice that is a party now, or a refusal.
func (c Case) party(code string) (Practice, error) {
	p, ok := c.Practice(code)
	if !ok || !p.Party() {
		return Practice{}, notParty(c, code)
	}
	return p, nil
}

// notBefore refuses a date that lies before another thing happened.
func (c Case) notBefore(on, other calendar.Date, what string) error {
	if on.Before(other) {
		return refuse(ErrTooEarly, "%s is earlier than %s, when %s", on.Long(), other.Long(), what)
	}
	return nil
}

// oneOf refuses a value that is none of those allowed.
func oneOf[S ~string](name string, value S, allowed ...S) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	if value == "" {
		return refuse(ErrMissing, "%s is missing: it is one of %s", name, strings.Join(names, ", "))
	}
	return refuse(ErrInvalid, "%s cannot be %q: it is one of %s", name, string(value), strings.Join(names, ", "))
}

// dearest is the most pence an amount may be: £10,000,000,000. Beyond it a slip
// of the keyboard is likelier than a contract.
const dearest = 1_000_000_000_000

// payable refuses an amount in pence that nobody pays.
func payable(what string, pence int64) error {
	switch {
	case pence < 0:
		return refuse(ErrInvalid, "%s cannot be negative", what)
	case pence > dearest:
		return refuse(ErrInvalid, "%s cannot be more than £10,000,000,000", what)
	}
	return nil
}

// inOrder refuses a later date that lies before an earlier one; either may be none.
func inOrder(earlierName string, earlier calendar.Date, laterName string, later calendar.Date) error {
	if !earlier.IsZero() && !later.IsZero() && later.Before(earlier) {
		return refuse(ErrInvalid, "%s (%s) is earlier than %s (%s)", laterName, later.Long(), earlierName, earlier.Long())
	}
	return nil
}

// longestNotice is the most months a notice may run: beyond thirty years a slip
// of the keyboard is likelier than a contract.
const longestNotice = 360

// countable refuses a period that cannot be written down, or counted from this
// day as the end of a notice is, or that runs too long.
func countable(from calendar.Date, p calendar.Period, toMonthEnd bool) error {
	if _, err := calendar.ParsePeriod(p.String()); err != nil {
		return refuse(ErrInvalid, "%s", err)
	}
	last, err := deadline.LastDay(from, p, toMonthEnd)
	switch {
	case err != nil:
		return refuse(ErrInvalid, "%s", err)
	case last.After(from.AddMonths(longestNotice)):
		return refuse(ErrInvalid, "a notice period of %s is too long: the longest is %d months", p.Long(), longestNotice)
	}
	return nil
}

// distinct returns list without repetitions, in order.
func distinct(list []string) []string {
	var kept []string
	for _, s := range list {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

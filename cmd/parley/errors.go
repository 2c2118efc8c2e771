package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/backup"
	"parley/adapters/govuk"
	"parley/adapters/ods"
	"parley/adapters/storedir"
	"parley/domain/casework"
	"parley/projections/timeline"
)

// The exit codes, as "parley help exit-codes" explains them.
const (
	exitOK          = 0
	exitRefused     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitForbidden   = 4
	exitConflict    = 5
	exitUnreachable = 6
	exitInterrupted = 130
)

func newExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `What the exit codes mean:

  0    done
  1    refused by a rule, or failed
  2    the command line is wrong
  3    there is no such case, practice, ICB, service or store
  4    not permitted
  5    somebody else recorded something first
  6    the store or its server cannot be reached
  130  interrupted`,
	}
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

var (
	errInterrupted = errors.New("interrupted")
	errClock       = errors.New("PARLEY_CLOCK is set, and this is not a rehearsal store")
	errBadClock    = errors.New("PARLEY_CLOCK is not a time")
	errFound       = errors.New("damage was found")
	errUnfit       = errors.New("something is not as it should be")
	errDeclined    = errors.New("not confirmed: nothing was recorded")
	errFilter      = errors.New("the answer does not go through --jq")
	errOutput      = errors.New("the answer cannot be written")
	errOutside     = errors.New("the log of this store is kept by a NATS server elsewhere")
	errOwnLog      = errors.New("this store keeps its log itself")
	errTwoPlaces   = errors.New("--store and --context name two places")
	errHere        = errors.New("this is done where the store is, and --context names a server")
	errNotServed   = errors.New("a server has this store open")
	errUnhealthy   = errors.New("the server is not ready")
)

// describe finds how err is reported. The types that say more by themselves
// come before the table.
func (a *app) describe(err error) (code string, exit int, hint string) {
	var held *storedir.HeldError
	var full *storedir.FullError
	var noRoom *backup.FullError
	var bad ods.BadRows
	var strange ods.NotEpraccur
	var other govuk.NotBankHolidays
	switch {
	case errors.As(err, &usageError{}):
		return "usage", exitUsage, a.placed("see {verb} --help")
	case errors.As(err, &held):
		return "store-in-use", exitUnreachable, "try again when it has finished, or wait longer: --wait 1m"
	case errors.As(err, &full):
		return "disk-full", exitRefused, "free some space, then run the command again"
	case errors.As(err, &noRoom):
		return "disk-full", exitRefused, "free some space, or delete old backups, then run the command again"
	case errors.As(err, &bad):
		return "bad-rows", exitRefused, "mend these rows, and import the file again: nothing of it was taken in"
	case errors.As(err, &strange):
		return "not-epraccur", exitRefused, "give the file epraccur.csv as ODS publishes it"
	case errors.As(err, &other):
		return "not-bank-holidays", exitRefused, "give the file bank-holidays.json as GOV.UK publishes it"
	}
	for _, f := range failures {
		if errors.Is(err, f.is) {
			return f.code, f.exit, a.placed(a.without(f))
		}
	}
	return "failed", exitRefused, "if it happens again, run: parley doctor"
}

// without returns the hint of a failure: where it points to one deadline, and
// the command is about none that is recorded, another in its place.
func (a *app) without(f failure) string {
	if a.id != "" || !strings.Contains(f.hint, "{id}") {
		return f.hint
	}
	if a.ref == "" || a.verb == "parley notice serve" {
		return "check the days and periods that are supposed; how they are written: {verb} --help"
	}
	return "check the days; see the deadlines: parley deadline list --ref {ref}"
}

// placed puts the case and the command of this run into a hint, and the flag that
// names the folder of a new store.
func (a *app) placed(hint string) string {
	folder := "--store"
	if a.verb == "parley restore" {
		folder = "--into"
	}
	return strings.NewReplacer("{ref}", cmp.Or(a.ref, "REF"), "{id}", cmp.Or(a.id, "ID"), "{verb}", cmp.Or(a.verb, "parley"), "{folder}", folder).Replace(hint)
}

// complaint is an error as programs are given it.
type complaint struct {
	Code     string    `json:"code"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint"`
	Recorded []done    `json:"recorded,omitempty"` // before it went wrong
	Between  []between `json:"between,omitempty"`  // of a conflict: what came after the version that was seen
}

// between is a fact that somebody else recorded in the meantime.
type between struct {
	Event string `json:"event"`
	On    string `json:"on"`
	Actor string `json:"actor"`
	Text  string `json:"text"`
}

// fail prints err to stderr, with the next step, and returns the exit code.
func (a *app) fail(err error) int {
	code, exit, hint := a.describe(err)
	var unknown *casework.UnknownCase
	if errors.As(err, &unknown) && len(unknown.Near) > 0 {
		hint = "did you mean " + strings.Join(unknown.Near, ", ") + "? " + hint
	}
	c := complaint{Code: code, Message: err.Error(), Hint: hint}
	var after *afterwards
	if errors.As(err, &after) {
		c.Recorded, c.Hint = after.done, after.hint(hint)
	}
	var conflict *casework.Conflict
	if errors.As(err, &conflict) {
		c.Between = inBetween(conflict)
	}
	if a.output == "json" || a.jq != "" || a.json {
		_ = json.NewEncoder(a.stderr).Encode(struct {
			Error     complaint `json:"error"`
			Rehearsal string    `json:"rehearsal,omitempty"`
		}{c, a.rehearsal})
		return exit
	}
	a.say("parley: %s", c.Message)
	for _, b := range c.Between {
		a.say("  %-5s %s  %s: %s", b.Event, b.On, oneLine(b.Actor), oneLine(b.Text))
	}
	if c.Hint != "" {
		a.say("Next: %s", c.Hint)
	}
	return exit
}

// inBetween lists what came after the version that the sender saw.
func inBetween(c *casework.Conflict) []between {
	var all []between
	for _, r := range c.Between {
		for i, f := range r.Facts {
			all = append(all, between{r.ID(i).String(), f.On.String(), r.Actor, timeline.Brief(f.Event)})
		}
	}
	return all
}

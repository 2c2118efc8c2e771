package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"parley/adapters/feed"
	"parley/adapters/govuk"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/ods"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/catalogue"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
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
)

// failure is how one kind of error is reported. {ref} in a hint stands for the
// case the command is about, {verb} for the command.
type failure struct {
	is   error
	code string
	exit int
	hint string
}

// failures is looked through from the top: the first that an error is decides.
var failures = []failure{
	{errInterrupted, "interrupted", exitInterrupted, ""},
	{errClock, "clock", exitRefused, "unset PARLEY_CLOCK, or use a store made with: parley init --rehearsal"},
	{errBadClock, "clock", exitUsage, "write it as 2026-11-22T09:00:00Z"},
	{errOutput, "output", exitRefused, "see that there is room where the output goes"},
	{errPutBack, "damaged", exitRefused, "run: parley verify, which says whether the log that was put back is whole"},
	{errNoBetter, "damaged", exitRefused, "use the newest copy of the folder that parley verify finds sound; if there is none, see docs/operations.md"},
	{errFound, "damaged", exitRefused, "keep the folder as it is, copy it elsewhere, and restore from a copy; see docs/operations.md"},
	{errUnfit, "unfit", exitRefused, "mend what the list above names"},
	{errDeclined, "declined", exitRefused, "answer yes, or give --yes"},
	{errFilter, "jq", exitUsage, "look at the whole answer with -o json; what the command itself does was done"},

	{storedir.ErrNoStore, "no-store", exitNotFound, "make one: parley init --lmc NAME --code CODE, or name another with --store"},
	{storedir.ErrExists, "store-exists", exitRefused, "use it as it is, or name another folder with --store"},
	{storedir.ErrNotEmpty, "not-empty", exitRefused, "name an empty or a new folder with --store"},
	{events.ErrNewer, "newer", exitRefused, "install the newer version of parley on this machine"},
	{events.ErrDamaged, "damaged", exitRefused, "change nothing in the folder, and run: parley verify"},
	{feed.ErrHeld, "store-in-use", exitUnreachable, "try again when it has finished"},
	{feed.ErrUnreadable, "views-unreadable", exitRefused, "they can be rebuilt: run parley doctor"},
	{feed.ErrUnwritable, "disk-full", exitRefused, "make room or give back the right to write in the store's folder, then run: parley doctor"},
	{natslog.ErrNoSpace, "disk-full", exitRefused, "free some space, then run the command again"},
	{natslog.ErrTooLarge, "too-large", exitRefused, "record it in smaller parts"},
	{natslog.ErrUnsafe, "unsafe", exitRefused, "run: parley doctor"},
	{natslog.ErrUnavailable, "unreachable", exitUnreachable, "run: parley doctor"},
	{natsd.ErrFull, "disk-full", exitRefused, "free some space, then run the command again"},
	{natsd.ErrFailed, "unreachable", exitUnreachable, "run: parley doctor"},

	{casework.ErrUncertain, "uncertain", exitUnreachable, "run the same command again with the same --command-id: it will not be recorded twice"},
	{casework.ErrConflict, "conflict", exitConflict, "look at what came between, then decide afresh: parley case show {ref}"},
	{casework.ErrUnsigned, "unsigned", exitUsage, "leave --command-id out, or give a UUID that is not all zeros"},
	{casework.ErrUndated, "command-id", exitUsage, "leave --command-id out, or make a UUID of version 7"},
	{casework.ErrReused, "command-id", exitRefused, "see what it recorded, or leave --command-id out for a new command"},
	{negotiation.ErrNotOpened, "unknown-case", exitNotFound, "parley case list --closed shows every case"},

	{directory.ErrMalformedCode, "malformed-code", exitUsage, "look it up: parley directory find TEXT"},
	{directory.ErrUnknownPractice, "unknown-practice", exitNotFound, "look it up: parley directory find TEXT, or bring the list up to date: parley directory import FILE"},
	{directory.ErrUnknownCommissioner, "unknown-icb", exitNotFound, "look it up: parley directory find TEXT"},
	{directory.ErrNotOpen, "practice-not-open", exitRefused, "see its dates: parley directory show CODE; or give the right day with --on"},
	{directory.ErrAbolished, "icb-abolished", exitRefused, "name a successor with --icb; a case that is open moves with: parley case transfer {ref} --icb CODE"},
	{directory.ErrNotYetEstablished, "icb-not-yet", exitRefused, "give a later day with --on, or name the body of that time"},
	{directory.ErrIncomplete, "missing", exitUsage, "see {verb} --help"},
	{directory.ErrExists, "icb-known", exitRefused, "see what is known: parley directory show CODE"},
	{directory.ErrFutureEdition, "future", exitRefused, "give the day of the list with --as-at"},
	{directory.ErrNoEdition, "missing", exitUsage, "give the day of the list with --as-at"},
	{directory.ErrBadListing, "bad-listing", exitRefused, "mend the list, and import it again"},
	{directory.ErrFutureMove, "future", exitRefused, "give the day it happened with --from"},
	{directory.ErrBackwards, "dates", exitRefused, "give the days in their order"},
	{directory.ErrOwnSuccessor, "dates", exitRefused, "name the bodies that took over"},
	{catalogue.ErrUnknownService, "unknown-service", exitNotFound, "parley service list shows them all"},

	{negotiation.ErrClosed, "closed", exitRefused, "to take it up again: parley case reopen {ref} --text REASON"},
	{negotiation.ErrNotClosed, "not-closed", exitRefused, "see it: parley case show {ref}"},
	{negotiation.ErrOpened, "opened", exitConflict, "see it: parley case show {ref}"},
	{negotiation.ErrFuture, "future", exitRefused, "give the day it happened with --on"},
	{negotiation.ErrTooEarly, "too-early", exitRefused, "check the days: parley case timeline {ref}"},
	{negotiation.ErrMissing, "missing", exitUsage, "see which flag to give: {verb} --help"},
	{negotiation.ErrInvalid, "invalid", exitRefused, "see what is allowed: {verb} --help"},
	{negotiation.ErrTooLong, "too-long", exitRefused, "shorten it, and give the document's reference with --document"},
	{negotiation.ErrPatientData, "patient-data", exitRefused, "take the number out; if it is something else, break it up with a word"},
	{negotiation.ErrNotParty, "not-party", exitRefused, "let it join first: parley practice join {ref} --practice CODE"},
	{negotiation.ErrOtherICB, "other-icb", exitRefused, "check the practice: parley directory show CODE; if that is wrong: parley directory move CODE --icb CODE --from DATE"},
	{negotiation.ErrNoGuidance, "no-guidance", exitRefused, "record the guidance first: parley notice advise {ref} --practice CODE --text TEXT"},
	{negotiation.ErrOtherNotice, "notice-running", exitRefused, "see that case; to serve in this one, first withdraw there: parley notice withdraw REF --practice CODE"},
	{negotiation.ErrNoticeRunning, "notice-running", exitRefused, "see it: parley case show {ref}; to end it: parley notice withdraw {ref} --practice CODE"},
	{negotiation.ErrNoNotice, "no-notice", exitRefused, "see the notices: parley case show {ref}"},
	{negotiation.ErrNoticeEnded, "notice-ended", exitRefused, "record that it took effect: parley notice effect {ref} --practice CODE"},
	{negotiation.ErrNotYetEnded, "notice-not-ended", exitRefused, "see when it ends: parley deadline list --ref {ref}"},
	{negotiation.ErrUnknownOffer, "unknown-offer", exitNotFound, "see the offers: parley case show {ref}"},
	{negotiation.ErrNotStanding, "not-standing", exitRefused, "see which offers stand: parley case show {ref}"},
	{negotiation.ErrLapsed, "lapsed", exitRefused, "ask for it again, and record the answer as a new offer: parley offer receive {ref}"},
	{negotiation.ErrAgreed, "agreed", exitRefused, "see the agreement: parley case show {ref}"},
	{negotiation.ErrNotAgreed, "not-agreed", exitRefused, "accept an offer first: parley offer accept {ref} --offer N"},
	{negotiation.ErrNotSigned, "not-signed", exitRefused, "record the signature first: parley agreement sign {ref}"},
	{negotiation.ErrUnknownNumber, "unknown-number", exitNotFound, "see the numbers: parley case show {ref}"},
	{negotiation.ErrSettled, "settled", exitRefused, "see what is recorded: parley case timeline {ref}"},
	{negotiation.ErrUnknownEvent, "unknown-event", exitNotFound, "see the events and their numbers: parley case timeline {ref}"},
	{negotiation.ErrCorrection, "correction", exitRefused, "see the events and what rests on them: parley case timeline {ref}"},

	{deadline.ErrUnknownRule, "unknown-rule", exitNotFound, "see them all: parley rule list"},
	{deadline.ErrNoClock, "no-clock", exitRefused, "set the date that was agreed, or a period: parley deadline add {ref}"},
	{deadline.ErrParameter, "parameter", exitUsage, "see what the rule leaves to the case: parley rule show RULE; and the flags: {verb} --help"},
	{deadline.ErrUncountable, "uncountable", exitUsage, "write a period such as 20wd, 28d, 12w, 3m or 24h; see {verb} --help"},
	{deadline.ErrPause, "pause", exitRefused, "check the days; what a deadline has been through: parley deadline explain {ref} {id}"},
	{deadline.ErrExtension, "extension", exitRefused, "see how its date came about: parley deadline explain {ref} {id}"},
	{deadline.ErrEnded, "ended", exitRefused, "see what became of it: parley case timeline {ref}; what was recorded wrongly is taken back with: parley case correct {ref}"},

	{holidays.ErrOlderEdition, "older-list", exitRefused, "see what is known: parley calendar show; and get the present list from GOV.UK"},
	{holidays.ErrFutureEdition, "future", exitRefused, "give the day of the list with --published"},
	{holidays.ErrNoEdition, "missing", exitUsage, "give the day of the list with --published"},
	{holidays.ErrNoSource, "missing", exitUsage, "see {verb} --help"},
	{calendar.ErrHolidays, "bad-holidays", exitRefused, "get the list afresh from www.gov.uk/bank-holidays.json"},

	{syscall.ENOSPC, "disk-full", exitRefused, "free some space, then run the command again"},
	{fs.ErrNotExist, "no-file", exitNotFound, "check the path"},
	{fs.ErrPermission, "not-permitted", exitForbidden, "ask for the right to read and write there, or name another place"},
}

// describe finds how err is reported. The types that say more by themselves
// come before the table.
func (a *app) describe(err error) (code string, exit int, hint string) {
	var held *storedir.HeldError
	var full *storedir.FullError
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

// placed puts the case and the command of this run into a hint.
func (a *app) placed(hint string) string {
	return strings.NewReplacer("{ref}", cmp.Or(a.ref, "REF"), "{id}", cmp.Or(a.id, "ID"), "{verb}", cmp.Or(a.verb, "parley")).Replace(hint)
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
	lines := strings.Split(c.Message, "\n")
	for i, l := range lines {
		lines[i] = oneLine(l)
	}
	_, _ = fmt.Fprintln(a.stderr, "parley: "+strings.Join(lines, "\n"))
	for _, b := range c.Between {
		_, _ = fmt.Fprintf(a.stderr, "  %-5s %s  %s: %s\n", b.Event, b.On, oneLine(b.Actor), oneLine(b.Text))
	}
	if c.Hint != "" {
		_, _ = fmt.Fprintln(a.stderr, "Next: "+c.Hint)
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

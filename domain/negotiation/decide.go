package negotiation

import (
	"fmt"
	"strings"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/texts"
	"parley/events"
)

// Command is a wish to change a case. decide is its rule: it returns the facts
// the command brings about, none if it has come about already, or a refusal.
type Command interface {
	decide(c Case, given Circumstances) ([]events.Event, error)
	when() calendar.Date
}

// Circumstances is what rules need to know beside the case.
type Circumstances struct {
	Today    calendar.Date       // the day it is, in England
	Calendar calendar.Calendar   // the bank holidays as they are known now
	Version  int                 // that the commit will have
	Bodies   directory.Directory // knows at least the bodies the command mentions
	History  events.History      // of the whole case; only for a command that NeedsHistory
	Others   []OtherNotice       // of the practices that the command is Serving, for the same service
}

// Dated is the day a command's facts were so in the world. Every command has
// one; the zero value means today.
type Dated struct{ On calendar.Date }

func (d Dated) when() calendar.Date { return d.On }

func (d Dated) on(given Circumstances) calendar.Date {
	if d.On.IsZero() {
		return given.Today
	}
	return d.On
}

// Mentions returns the codes of the practices whose entries in the directory
// cmd's rule asks for. The case's history is needed where NeedsHistory says so.
func Mentions(cmd Command, h events.History) []string {
	switch cmd := cmd.(type) {
	case OpenCase:
		return cmd.Practices
	case Join:
		return cmd.Practices
	case Correct, Transfer: // who is a party must be one with the ICB there is then
		return everJoined(h)
	}
	return nil
}

// NeedsHistory reports whether cmd can only be decided with the case's whole
// history in Circumstances.
func NeedsHistory(cmd Command) bool {
	switch cmd.(type) {
	case Correct, Transfer:
		return true
	}
	return false
}

// Decide returns the facts that cmd brings about in case c, none if it would
// change nothing, or a refusal that wraps one of the errors of this package or
// of directory. A fact is followed by the consequences that the rules attach
// to it, such as the clock that it starts.
func Decide(c Case, cmd Command, given Circumstances) ([]events.Fact, error) {
	if err := admit(c, cmd, given); err != nil {
		return nil, err
	}
	decided, err := cmd.decide(c, given)
	if err != nil {
		return nil, err
	}
	on := Dated{cmd.when()}.on(given)
	var facts []events.Fact
	ids := deadlineIDs{version: given.Version}
	for _, e := range decided {
		cause := events.Fact{On: on, Event: e}
		facts = append(facts, cause)
		facts = append(facts, consequences(c, cause, given, &ids)...)
	}
	if err := checkTexts(facts); err != nil {
		return nil, err
	}
	return facts, nil
}

// admit applies the guards that stand before every command's own rule.
func admit(c Case, cmd Command, given Circumstances) error {
	_, opening := cmd.(OpenCase)
	on := Dated{cmd.when()}.on(given)
	switch {
	case opening && c.Exists():
		return refuse(ErrOpened, "%s has been opened already", c.Ref)
	case !opening && !c.Exists():
		return ErrNotOpened
	case on.After(given.Today):
		return refuse(ErrFuture, "%s lies in the future (today is %s): record it when it has happened", on.Long(), given.Today.Long())
	}
	if c.Closed == nil {
		return nil
	}
	switch cmd.(type) {
	case AddNote, Correct, Reopen, Close:
		return nil
	}
	return refuse(ErrClosed, "%s was closed on %s: it takes only notes, corrections and reopening", c.Ref, c.Closed.On.Long())
}

// checkTexts refuses facts whose texts are too long or look like patient data.
func checkTexts(facts []events.Fact) error {
	for _, f := range facts {
		for _, text := range events.Texts(f.Event) {
			if err := texts.Check(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// deadlineIDs gives the clocks of one commit their IDs: D7.1, D7.2 in version 7.
type deadlineIDs struct{ version, given int }

func (ids *deadlineIDs) next() string {
	ids.given++
	return fmt.Sprintf("D%d.%d", ids.version, ids.given)
}

// required refuses a text that was left empty, or is nothing but spaces.
func required(name, text string) error {
	if strings.TrimSpace(text) == "" {
		return refuse(ErrMissing, "%s is missing", name)
	}
	return nil
}

// first returns the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

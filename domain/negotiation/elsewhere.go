package negotiation

import (
	"reflect"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// OtherNotice is a practice's running notice in some other open case.
type OtherNotice struct {
	Ref      string // of the case
	Practice string // its code
	Notice   Notice
}

// Serving returns the practices that cmd would serve the notices of. What other
// cases about the same service have running for them belongs into Circumstances.
func Serving(cmd Command) []string {
	if serve, ok := cmd.(ServeNotice); ok {
		return serve.Practices
	}
	return nil
}

// RunningNotices returns the notices that these practices have running in the
// case, none if it is closed or about another service.
func (c Case) RunningNotices(service string, practices []string) []OtherNotice {
	if c.Closed != nil || c.Service != service {
		return nil
	}
	var running []OtherNotice
	for _, p := range c.Practices {
		if p.Notice.Running() && slices.Contains(practices, p.Code) {
			running = append(running, OtherNotice{c.Ref, p.Code, p.Notice})
		}
	}
	return running
}

// elsewhere refuses a notice of a practice that has one running for the same
// service in another case. One that had run out by then is no matter.
func (given Circumstances) elsewhere(c Case, practice string, on calendar.Date) error {
	for _, other := range given.Others {
		n := other.Notice
		if other.Ref != c.Ref && other.Practice == practice && !n.RanOut(on) {
			return refuse(ErrOtherNotice, "%s already has a notice running for %s in %s, served %s and ending %s",
				practice, c.Service, other.Ref, n.Served.Long(), n.Ends.Long())
		}
	}
	return nil
}

// everJoined returns the codes of the practices that were ever made parties.
func everJoined(h events.History) []string {
	var codes []string
	for _, r := range h {
		for _, f := range r.Facts {
			if e, ok := f.Event.(events.PracticeJoined); ok {
				codes = append(codes, e.Practice)
			}
		}
	}
	return distinct(codes)
}

// MayCause reports whether facts can be what cmd brought about. It is false
// only where they are of a kind that another command brings about.
func MayCause(cmd Command, facts []events.Fact) bool {
	if len(facts) == 0 {
		return true
	}
	cause := facts[0].Event
	if _, correction := cmd.(Correct); correction || correcting(cause) {
		return correction == correcting(cause)
	}
	other, known := commandFor(cause, Dated{})
	return !known || reflect.TypeOf(other) == reflect.TypeOf(cmd)
}

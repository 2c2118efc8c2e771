package negotiation

import (
	"errors"
	"reflect"
	"slices"

	"parley/domain/deadline"
	"parley/events"
)

// retelling is the history of a case told twice, side by side: as it was
// believed before a correction, and as the correction makes it.
type retelling struct {
	given    Circumstances
	was, is  map[events.EventID]events.Correction
	old, now Case         // as far as the telling has come
	ids      *deadlineIDs // for clocks that start only now
	amended  []events.EventReplaced
}

// retell tells the history with a correction that is about to be recorded. It
// returns the later facts whose consequences are others than were recorded: an
// agreement that cancelled a notice which, it turns out, was never served. A
// notice that took its terms from a contract takes them from it as corrected. And
// it refuses a correction that would leave a later fact breaking a rule it
// kept before: a notice without guidance, an answer to an offer never made.
func retell(given Circumstances, correction events.Fact, ids *deadlineIDs) ([]events.EventReplaced, error) {
	h := given.History
	next := events.Recorded{Commit: events.Commit{Version: len(h) + 1, Facts: []events.Fact{correction}}}
	tell := retelling{given: given, was: h.Corrections(), is: append(slices.Clip(h), next).Corrections(), ids: ids}
	for _, r := range h {
		for i, f := range r.Facts {
			if f.Follows || correcting(f.Event) {
				continue
			}
			if err := tell.next(r, i); err != nil {
				return nil, err
			}
		}
	}
	return tell.amended, nil
}

func correcting(e events.Event) bool {
	switch e.(type) {
	case events.EventRetracted, events.EventReplaced:
		return true
	}
	return false
}

// next tells the fact at index i of r, and what followed from it.
func (t *retelling) next(r events.Recorded, i int) error {
	before, after := told(r, i, t.was), told(r, i, t.is)
	if len(after) > 0 {
		stood := after[0]
		after = t.inherit(after)
		broken := t.now.breaks(after[0], t.given)
		if broken != nil && (len(before) == 0 || t.old.breaks(before[0], t.given) == nil) {
			return refuse(ErrCorrection, "with that correction event %s (%s) could not stand: %s; correct that first", r.ID(i), events.Name(after[0].Event), broken)
		}
		if other := t.otherwise(before, after, stood); other != nil {
			after = other
			t.amended = append(t.amended, events.EventReplaced{Event: r.ID(i), Why: "it follows from the correction", With: other})
		}
	}
	for _, f := range before {
		t.old.apply(f)
	}
	for _, f := range after {
		t.now.apply(f)
	}
	return nil
}

// told returns what stands for the fact at index i of r under these
// corrections, with what follows from it; nothing if it was retracted.
func told(r events.Recorded, i int, corrections map[events.EventID]events.Correction) []events.Fact {
	if c, corrected := corrections[r.ID(i)]; corrected {
		return c.With
	}
	facts := []events.Fact{r.Facts[i]}
	for j := i + 1; j < len(r.Facts) && r.Facts[j].Follows; j++ {
		if c, corrected := corrections[r.ID(j)]; corrected {
			facts = append(facts, c.With...)
		} else {
			facts = append(facts, r.Facts[j])
		}
	}
	return facts
}

// inherit returns what stands for a fact with the terms that its contract has
// now, if it is a notice that took them from a contract and the correction
// changes that.
func (t *retelling) inherit(after []events.Fact) []events.Fact {
	n, ok := after[0].Event.(events.NoticeServed)
	if !ok {
		return after
	}
	again := serveAgain(n, Dated{after[0].On})
	retold := again.inherit(n, t.now)
	if retold == again.inherit(n, t.old) {
		return after
	}
	after = slices.Clone(after)
	after[0].Event = retold
	return after
}

// otherwise returns the fact with the consequences it has now, if the
// correction makes it or them others than those that were told; else nothing.
// What was recorded under rules that have changed since stays as it is.
func (t *retelling) otherwise(before, after []events.Fact, stood events.Fact) []events.Fact {
	cause := after[0]
	due := consequences(t.now, cause, t.given, &deadlineIDs{})
	if reflect.DeepEqual(cause, stood) && alike(due, after[1:]) {
		return nil
	}
	if len(before) > 0 && reflect.DeepEqual(before[0], cause) && alike(due, consequences(t.old, cause, t.given, &deadlineIDs{})) {
		return nil
	}
	other := append([]events.Fact{cause}, consequences(t.now, cause, t.given, t.ids)...)
	keepDeadlineIDs(other, after)
	return other
}

// alike reports whether two causes' consequences are the same, whatever the
// clocks that they start are called.
func alike(a, b []events.Fact) bool {
	return slices.EqualFunc(a, b, func(a, b events.Fact) bool { return reflect.DeepEqual(nameless(a), nameless(b)) })
}

func nameless(f events.Fact) events.Fact {
	if set, ok := f.Event.(events.DeadlineSet); ok {
		set.Deadline = ""
		f.Event = set
	}
	return f
}

// breaks returns the rule of this package that the fact would break in case c.
// What the directory says of it today is no matter: it had its say in its day.
// Nor is whether a date that was agreed is still the later one.
func (c Case) breaks(f events.Fact, given Circumstances) error {
	cmd, ok := commandFor(f.Event, Dated{f.On})
	if !ok {
		return nil
	}
	err := admit(c, cmd, given)
	var decided []events.Event
	if err == nil {
		decided, err = cmd.decide(c, given)
	}
	if rule := (*refusal)(nil); errors.As(err, &rule) || errors.Is(err, deadline.ErrPause) || errors.Is(err, deadline.ErrEnded) {
		return err
	}
	if err != nil {
		return nil
	}
	return c.twice(f.Event, len(decided) > 0)
}

// twice refuses what there would be two of, although each was the only one
// when it was recorded. changes says whether the fact would change anything.
func (c Case) twice(e events.Event, changes bool) error {
	switch e := e.(type) {
	case events.OfferTabled:
		if _, err := c.offer(e.Offer); err == nil {
			return refuse(ErrInvalid, "there would be two offers %d", e.Offer)
		}
	case events.DisputeRaised:
		if c.dispute(e.Dispute) != nil {
			return refuse(ErrInvalid, "there would be two disputes %d", e.Dispute)
		}
	case events.FOISent:
		if c.request(e.Request) != nil {
			return refuse(ErrInvalid, "there would be two requests %d", e.Request)
		}
	case events.OfferAccepted:
		if !changes {
			return refuse(ErrAgreed, "offer %d would have been accepted already", e.Offer)
		}
	case events.AgreementSigned:
		if !changes {
			return refuse(ErrSettled, "the agreement would have been signed already")
		}
	}
	return nil
}

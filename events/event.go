package events

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Event is something that happened. The set is sealed: every type of it stands
// in this package, with its stored name beside it and a line in catalogue.
type Event interface{ storedAs() string }

// Name returns e's stored name, such as offer-tabled.
func Name(e Event) string { return e.storedAs() }

// catalogue lists every event there is, in the order of the field's work.
var catalogue = []form{
	first[CaseOpened](),
	first[CommissionerChanged](),
	first[PracticeJoined](),
	first[PracticeLeft](),
	first[ContractPositionRecorded](),
	first[EvidenceRecorded](),
	first[CostRecorded](),
	first[MandateGiven](),
	first[OfferTabled](),
	first[OfferAccepted](),
	first[OfferRejected](),
	first[OfferWithdrawn](),
	first[AgreementSigned](),
	first[FundingStarted](),
	first[GuidanceGiven](),
	first[NoticeServed](),
	first[NoticeAcknowledged](),
	first[NoticeWithdrawn](),
	first[NoticeTookEffect](),
	first[DisputeRaised](),
	first[DisputeStepped](),
	first[DisputeDetermined](),
	first[FOISent](),
	first[FOIAnswered](),
	first[FOIReviewAsked](),
	first[FOIReviewAnswered](),
	first[ListClosureApplied](),
	first[ListClosureAcknowledged](),
	first[ListClosureDecided](),
	first[AwardIntended](),
	first[AwardDecided](),
	first[LetterLogged](),
	first[MeetingLogged](),
	first[NoteAdded](),
	first[DeadlineSet](),
	first[DeadlineMet](),
	first[DeadlineMissed](),
	first[DeadlineExtended](),
	first[DeadlineExtensionRemoved](),
	first[DeadlineShortened](),
	first[DeadlinePaused](),
	first[DeadlineResumed](),
	first[DeadlineWaived](),
	first[DeadlineSuperseded](),
	first[CaseAssigned](),
	first[CaseClosed](),
	first[CaseReopened](),
	first[EventRetracted](),
	first[EventReplaced](),
	first[PracticeListed](),
	first[PracticeClosed](),
	first[PracticeReopened](),
	first[PracticeRenamed](),
	first[PracticeMoved](),
	first[PracticesImported](),
	first[CommissionerEstablished](),
	first[CommissionerAbolished](),
	first[CalendarRevised](),
	first[CaseNumbered](),
	first[AlertPolicySet](),
	first[AlertClaimed](),
	first[AlertSent](),
	first[AlertFailed](),
	first[AlertUncertain](),
	first[AlertAcknowledged](),
	first[AlertSnoozed](),
	first[AlertSuperseded](),
}

var byName = index(catalogue)

func index(forms []form) map[string]form {
	m := make(map[string]form, len(forms))
	for _, f := range forms {
		m[f.name] = f
	}
	return m
}

// form says how events of one stored name are read.
type form struct {
	name   string
	zero   Event
	decode func(data []byte) (Event, error)

	// upcasts brings older forms up to date: upcasts[n] turns the fields of form
	// n into those of form n+1. An event whose fields only grew needs none.
	upcasts []func(fields map[string]json.RawMessage)
}

// first returns the form of an event that has only ever been stored one way.
func first[E Event]() form { return since[E]() }

// since returns the form of an event that was stored in len(upcasts) older ways.
func since[E Event](upcasts ...func(map[string]json.RawMessage)) form {
	var zero E
	return form{zero.storedAs(), zero, func(data []byte) (Event, error) {
		var e E
		err := strict(data, &e)
		return e, err
	}, upcasts}
}

// current is the number of the form that is written now.
func (f form) current() int { return len(f.upcasts) }

func (f form) read(stored int, data []byte) (Event, error) {
	if stored > f.current() {
		return nil, fmt.Errorf("%s in form %d, and this version knows forms up to %d: %w", f.name, stored, f.current(), ErrNewer)
	}
	if stored < 0 {
		return nil, fmt.Errorf("%w: %s in form %d", ErrDamaged, f.name, stored)
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, fmt.Errorf("%w: %s without its data", ErrDamaged, f.name)
	}
	if stored < f.current() {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(data, &fields); err != nil {
			return nil, misread(f.name, err)
		}
		for _, upcast := range f.upcasts[stored:] {
			upcast(fields)
		}
		var err error
		if data, err = json.Marshal(fields); err != nil {
			return nil, misread(f.name, err)
		}
	}
	e, err := f.decode(data)
	if err != nil {
		return nil, misread(f.name, err)
	}
	return e, nil
}

// Amend returns e with the fields in patch, a JSON object, in place of its own;
// a field that is an object itself keeps what patch does not name.
// Fields that e does not have under exactly that name, and values of the wrong
// shape, are errors; so is null, which is the shape of nothing that is stored.
func Amend(e Event, patch []byte) (Event, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var fields, changes map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(patch, &changes); err != nil {
		return nil, fmt.Errorf("the change is not a JSON object: %w", err)
	}
	if changes == nil {
		return nil, fmt.Errorf("the change is not a JSON object but null")
	}
	for name, value := range changes {
		switch {
		case !has(e, name):
			return nil, fmt.Errorf("%s has no field %q, only %s", Name(e), name, strings.Join(paths(reflect.TypeOf(e), ""), ", "))
		case string(value) == "null":
			return nil, fmt.Errorf("%s cannot take null for %q", Name(e), name)
		}
		fields[name] = overlay(fields[name], value)
	}
	if data, err = json.Marshal(fields); err != nil {
		return nil, err
	}
	amended, err := byName[Name(e)].decode(data)
	var strange *json.UnmarshalTypeError
	switch {
	case errors.As(err, &strange) && strange.Type.Kind() == reflect.String:
		return nil, fmt.Errorf("%s cannot take a %s for %s, which is text: put it in quotation marks", Name(e), strange.Value, strange.Field)
	case errors.As(err, &strange):
		return nil, fmt.Errorf("%s cannot take a %s for %s", Name(e), strange.Value, strange.Field)
	case err != nil && strings.Contains(err.Error(), "unknown field"):
		return nil, fmt.Errorf("%s cannot take that change: its fields are %s: %w", Name(e), strings.Join(paths(reflect.TypeOf(e), ""), ", "), err)
	case err != nil:
		return nil, fmt.Errorf("%s cannot take that change: %w", Name(e), err)
	}
	return amended, nil
}

// paths returns the names of the stored fields of a type, those within a field
// after its own name and a dot.
func paths(of reflect.Type, prefix string) []string {
	var all []string
	for _, field := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		text := reflect.PointerTo(field.Type).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
		switch {
		case name == "":
		case field.Type.Kind() == reflect.Struct && !text:
			all = append(all, paths(field.Type, prefix+name+".")...)
		default:
			all = append(all, prefix+name)
		}
	}
	return all
}

// overlay returns the JSON value with change in its place or, where both are
// objects, with the fields of change in place of its own.
func overlay(value, change json.RawMessage) json.RawMessage {
	var fields, changes map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil || json.Unmarshal(change, &changes) != nil || fields == nil || changes == nil {
		return change
	}
	for name, inner := range changes {
		fields[name] = overlay(fields[name], inner)
	}
	merged, err := json.Marshal(fields)
	if err != nil {
		return change
	}
	return merged
}

// has reports whether e stores a field under exactly this name: encoding/json
// would take one that differs in case only for the same.
func has(e Event, name string) bool {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(e)) {
		if stored, _, _ := strings.Cut(field.Tag.Get("json"), ","); stored == name {
			return true
		}
	}
	return false
}

package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"parley/domain/casework"
	"parley/events"
)

// Errors is what both ends know of errors. An error travels as its message, the
// texts of those of Known that it is (errors.Is), and the data of those of Types
// that it is (errors.As); it arrives as an error of the same message that is
// exactly those.
type Errors struct {
	Known []error
	Types []ErrorType
}

// ErrorType is a type of errors that carry something beside their message.
type ErrorType struct {
	name   string
	take   func(error) (any, bool)
	revive func(json.RawMessage) (error, error)
}

// TypeOf returns the ErrorType of E, which goes through JSON and back unchanged,
// under a name that is for good.
func TypeOf[E error](name string) ErrorType {
	return ErrorType{
		name: name,
		take: func(err error) (any, bool) {
			var e E
			is := errors.As(err, &e)
			return e, is
		},
		revive: func(data json.RawMessage) (error, error) {
			var e E
			err := strict(data, &e)
			return e, err
		},
	}
}

// complaint is an error as it travels.
type complaint struct {
	Message string                     `json:"message"`
	Is      []string                   `json:"is,omitempty"`
	Types   map[string]json.RawMessage `json:"types,omitempty"`
}

// all returns the errors known to both ends whatever they are told.
func (e Errors) all() []error {
	return append([]error{
		ErrForbidden, ErrProtocol, ErrMalformed, ErrTooLarge, ErrStopping, ErrBusy, ErrLagging, ErrBroken, context.Canceled, context.DeadlineExceeded,
	}, e.Known...)
}

// types returns the types known to both ends whatever they are told.
func (e Errors) types() []ErrorType {
	return append([]ErrorType{conflicts(), TypeOf[*casework.UnknownCase]("unknown-case")}, e.Types...)
}

// pack returns err as it travels.
func (e Errors) pack(err error) complaint {
	c := complaint{Message: err.Error()}
	for _, known := range e.all() {
		if errors.Is(err, known) && !slices.Contains(c.Is, known.Error()) {
			c.Is = append(c.Is, known.Error())
		}
	}
	for _, t := range e.types() {
		data, is := t.take(err)
		if !is {
			continue
		}
		body, failed := json.Marshal(data)
		if failed != nil { // then it goes without
			continue
		}
		if c.Types == nil {
			c.Types = map[string]json.RawMessage{}
		}
		c.Types[t.name] = body
	}
	return c
}

// unpack returns the error that travelled.
func (e Errors) unpack(c complaint) error {
	err := &revived{message: c.Message}
	for _, known := range e.all() {
		if slices.Contains(c.Is, known.Error()) {
			err.is = append(err.is, known)
		}
	}
	for _, t := range e.types() {
		body, there := c.Types[t.name]
		if !there {
			continue
		}
		typed, failed := t.revive(body)
		if failed != nil {
			return fmt.Errorf("%w: an error of type %s: %w", ErrGarbled, t.name, failed)
		}
		err.is = append(err.is, typed)
	}
	return err
}

// Encode returns an error as it travels.
func (e Errors) Encode(err error) ([]byte, error) { return json.Marshal(e.pack(err)) }

// Decode returns the error that Encode wrote, or one that wraps ErrGarbled.
func (e Errors) Decode(body []byte) error {
	var c complaint
	if err := strict(body, &c); err != nil {
		return fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	return e.unpack(c)
}

// revived is an error that came from the other end.
type revived struct {
	message string
	is      []error
}

func (e *revived) Error() string   { return e.message }
func (e *revived) Unwrap() []error { return e.is }

// conflict is a casework.Conflict as it travels. What came between is told, not
// shown to be so: whoever wants that asks for the history.
type conflict struct {
	Aggregate string         `json:"aggregate"`
	Seen      int            `json:"seen"`
	Now       int            `json:"now"`
	Between   []eventBetween `json:"between,omitempty"`
}

type eventBetween struct {
	Position uint64        `json:"position"`
	Version  int           `json:"version"`
	Actor    string        `json:"actor"`
	Facts    []events.Fact `json:"facts"`
}

func conflicts() ErrorType {
	return ErrorType{
		name: "conflict",
		take: func(err error) (any, bool) {
			var c *casework.Conflict
			if !errors.As(err, &c) {
				return nil, false
			}
			told := conflict{Aggregate: c.Aggregate.String(), Seen: c.Seen, Now: c.Now}
			for _, r := range c.Between {
				told.Between = append(told.Between, eventBetween{r.Position, r.Version, r.Actor, r.Facts})
			}
			return told, true
		},
		revive: func(data json.RawMessage) (error, error) {
			var told conflict
			if err := strict(data, &told); err != nil {
				return nil, err
			}
			a, err := events.ParseAggregate(told.Aggregate)
			c := &casework.Conflict{Aggregate: a, Seen: told.Seen, Now: told.Now}
			for _, b := range told.Between {
				c.Between = append(c.Between, events.Recorded{
					Position: b.Position,
					Commit:   events.Commit{Aggregate: a, Version: b.Version, Actor: b.Actor, Facts: b.Facts},
				})
			}
			return c, err
		},
	}
}

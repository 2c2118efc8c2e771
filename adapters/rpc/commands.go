package rpc

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
)

// form is how one type of command travels.
type form[C any] struct {
	name string
	of   reflect.Type
	read func(body []byte) (C, error)
}

// travels returns the form of the commands of type T, under a name that is for good.
func travels[C any, T any](name string) form[C] {
	return form[C]{name, reflect.TypeFor[T](), func(body []byte) (C, error) {
		var cmd T
		err := strict(body, &cmd)
		made, is := any(cmd).(C)
		if err == nil && !is {
			err = fmt.Errorf("%s is no command", name)
		}
		return made, err
	}}
}

// onCases returns the forms of the commands on cases.
func onCases() []form[negotiation.Command] {
	return []form[negotiation.Command]{
		travels[negotiation.Command, negotiation.OpenCase]("open-case"),
		travels[negotiation.Command, negotiation.Join]("join"),
		travels[negotiation.Command, negotiation.Leave]("leave"),
		travels[negotiation.Command, negotiation.Transfer]("transfer"),
		travels[negotiation.Command, negotiation.Assign]("assign"),
		travels[negotiation.Command, negotiation.Close]("close"),
		travels[negotiation.Command, negotiation.Reopen]("reopen"),
		corrections(),
		travels[negotiation.Command, negotiation.AddNote]("add-note"),
		travels[negotiation.Command, negotiation.LogLetter]("log-letter"),
		travels[negotiation.Command, negotiation.LogMeeting]("log-meeting"),
		travels[negotiation.Command, negotiation.RecordContract]("record-contract"),
		travels[negotiation.Command, negotiation.RecordEvidence]("record-evidence"),
		travels[negotiation.Command, negotiation.RecordCost]("record-cost"),
		travels[negotiation.Command, negotiation.GiveMandate]("give-mandate"),
		travels[negotiation.Command, negotiation.TableOffer]("table-offer"),
		travels[negotiation.Command, negotiation.AcceptOffer]("accept-offer"),
		travels[negotiation.Command, negotiation.RejectOffer]("reject-offer"),
		travels[negotiation.Command, negotiation.WithdrawOffer]("withdraw-offer"),
		travels[negotiation.Command, negotiation.Sign]("sign"),
		travels[negotiation.Command, negotiation.Fund]("fund"),
		travels[negotiation.Command, negotiation.Advise]("advise"),
		travels[negotiation.Command, negotiation.ServeNotice]("serve-notice"),
		travels[negotiation.Command, negotiation.AcknowledgeNotice]("acknowledge-notice"),
		travels[negotiation.Command, negotiation.WithdrawNotice]("withdraw-notice"),
		travels[negotiation.Command, negotiation.EffectNotice]("effect-notice"),
		travels[negotiation.Command, negotiation.RaiseDispute]("raise-dispute"),
		travels[negotiation.Command, negotiation.StepDispute]("step-dispute"),
		travels[negotiation.Command, negotiation.DetermineDispute]("determine-dispute"),
		travels[negotiation.Command, negotiation.SendFOI]("send-foi"),
		travels[negotiation.Command, negotiation.AnswerFOI]("answer-foi"),
		travels[negotiation.Command, negotiation.AskFOIReview]("ask-foi-review"),
		travels[negotiation.Command, negotiation.AnswerFOIReview]("answer-foi-review"),
		travels[negotiation.Command, negotiation.ApplyListClosure]("apply-list-closure"),
		travels[negotiation.Command, negotiation.AcknowledgeListClosure]("acknowledge-list-closure"),
		travels[negotiation.Command, negotiation.DecideListClosure]("decide-list-closure"),
		travels[negotiation.Command, negotiation.PublishAwardIntention]("publish-award-intention"),
		travels[negotiation.Command, negotiation.DecideAward]("decide-award"),
		travels[negotiation.Command, negotiation.AddDeadline]("add-deadline"),
		travels[negotiation.Command, negotiation.ExtendDeadline]("extend-deadline"),
		travels[negotiation.Command, negotiation.RemoveExtension]("remove-extension"),
		travels[negotiation.Command, negotiation.ShortenDeadline]("shorten-deadline"),
		travels[negotiation.Command, negotiation.PauseDeadline]("pause-deadline"),
		travels[negotiation.Command, negotiation.ResumeDeadline]("resume-deadline"),
		travels[negotiation.Command, negotiation.MeetDeadline]("meet-deadline"),
		travels[negotiation.Command, negotiation.WaiveDeadline]("waive-deadline"),
	}
}

// corrections returns the form of negotiation.Correct, in which no fields travel
// as null.
func corrections() form[negotiation.Command] {
	f := travels[negotiation.Command, negotiation.Correct]("correct")
	read := f.read
	f.read = func(body []byte) (negotiation.Command, error) {
		cmd, err := read(body)
		if c, is := cmd.(negotiation.Correct); is && string(c.Fields) == "null" {
			c.Fields = nil
			return c, err
		}
		return cmd, err
	}
	return f
}

// onDirectory returns the forms of the commands on the directory.
func onDirectory() []form[directory.Command] {
	return []form[directory.Command]{
		travels[directory.Command, directory.Import]("import"),
		travels[directory.Command, directory.MovePractice]("move-practice"),
		travels[directory.Command, directory.EstablishCommissioner]("establish-commissioner"),
		travels[directory.Command, directory.AbolishCommissioner]("abolish-commissioner"),
	}
}

// onCalendar returns the forms of the commands on the calendar.
func onCalendar() []form[holidays.Command] {
	return []form[holidays.Command]{travels[holidays.Command, holidays.Import]("import")}
}

// order is a command as it travels.
type order struct {
	Ref     string          `json:"ref,omitempty"` // of the case, for a command on one
	Type    string          `json:"type"`
	Command json.RawMessage `json:"command"`
	ID      uuid.UUID       `json:"id"`
	Seen    int             `json:"seen,omitempty"`
	DryRun  bool            `json:"dry_run,omitempty"`
}

// pack makes an order of a command.
func pack[C any](forms []form[C], ref string, cmd C, how casework.Request) (order, error) {
	for _, f := range forms {
		if f.of == reflect.TypeOf(cmd) {
			body, err := json.Marshal(cmd)
			return order{ref, f.name, body, how.Command, how.Seen, how.DryRun}, err
		}
	}
	return order{}, fmt.Errorf("%w: a command of type %T has no form", ErrMalformed, cmd)
}

// unpack returns the command of an order, with what it comes with.
func unpack[C any](forms []form[C], o order) (C, casework.Request, error) {
	how := casework.Request{Command: o.ID, Seen: o.Seen, DryRun: o.DryRun}
	for _, f := range forms {
		if f.name == o.Type {
			cmd, err := f.read(o.Command)
			if err != nil {
				err = fmt.Errorf("%w: %s: %w", ErrMalformed, o.Type, err)
			}
			return cmd, how, err
		}
	}
	var none C
	return none, how, fmt.Errorf("%w: there is no command %q", ErrMalformed, o.Type)
}

// outcome is a casework.Outcome as it travels.
type outcome struct {
	Aggregate string        `json:"aggregate"`
	Version   int           `json:"version"`
	Position  uint64        `json:"position"`
	Facts     []events.Fact `json:"facts,omitempty"`
	Repeated  bool          `json:"repeated,omitempty"`
	Overtaken calendar.Date `json:"overtaken,omitzero"`
}

func packOutcome(o casework.Outcome) outcome {
	return outcome{o.Aggregate.String(), o.Version, o.Position, o.Facts, o.Repeated, o.Overtaken}
}

func (o outcome) unpack() (casework.Outcome, error) {
	a, err := events.ParseAggregate(o.Aggregate)
	return casework.Outcome{Aggregate: a, Version: o.Version, Position: o.Position, Facts: o.Facts, Repeated: o.Repeated, Overtaken: o.Overtaken}, err
}

// written is a commit as it travels: the bytes that are stored.
type written struct {
	Position uint64 `json:"position"`
	Stored   []byte `json:"stored"`
}

func packStored(placed []events.Placed) []written {
	all := make([]written, len(placed))
	for i, p := range placed {
		all[i] = written{p.Position, p.Stored}
	}
	return all
}

// unpackHistory reads the history of an aggregate, and checks each commit by its
// hash and its predecessor's. Errors wrap events.ErrDamaged or events.ErrNewer.
func unpackHistory(a events.Aggregate, all []written) (events.History, error) {
	var h events.History
	version, hash := 0, events.Hash{}
	for _, w := range all {
		c, err := events.Decode(w.Stored)
		if err == nil && c.Aggregate != a {
			err = fmt.Errorf("%w: a commit of %s among those of %s", events.ErrDamaged, c.Aggregate, a)
		}
		if err == nil {
			err = c.Continues(version, hash)
		}
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", w.Position, err)
		}
		version, hash = c.Version, c.Hash
		h = append(h, events.Recorded{Commit: c, Position: w.Position})
	}
	return h, nil
}

// Caller is who asks, as the server takes it from a request.
type Caller struct {
	Actor string    // as the subject names them
	Clock time.Time // what their own clock reads, where it is set; zero otherwise
}

package casework_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

func TestAnIDIsForOneCommand(t *testing.T) {
	o := newOffice(t)
	ref, desk, how := o.open(), o.desk(), by("j.doe")
	o.does(desk, ref, note("a"), how)
	for _, d := range []*casework.Desk{desk, o.desk()} {
		for _, cmd := range []negotiation.Command{negotiation.Reopen{}, offer(450), negotiation.Correct{Event: events.EventID{Version: 1, Index: 2}, Why: "x", Retract: true}} {
			out, err := d.Handle(context.Background(), ref, cmd, how)
			if !errors.Is(err, casework.ErrReused) || !strings.Contains(err.Error(), "version 2 of "+ref+" it recorded note-added") || out.Version != 0 {
				t.Errorf("%T under the ID of a note: %+v, %v", cmd, out, err)
			}
		}
	}
	if n := o.commits(ref); n != 2 {
		t.Errorf("%d commits", n)
	}

	establish := directory.EstablishCommissioner{ICB: "C1D2E", Name: "NHS Everywhere Integrated Care Board", From: day("2027-04-01")}
	if _, err := desk.UpdateDirectory(context.Background(), establish, how); err != nil {
		t.Fatal(err)
	}
	abolish := directory.AbolishCommissioner{ICB: "QR1", LastDay: day("2027-03-31"), Successors: []string{"C1D2E"}}
	if _, err := desk.UpdateDirectory(context.Background(), abolish, how); !errors.Is(err, casework.ErrReused) {
		t.Errorf("an abolition under the ID of an establishment: %v", err)
	}
}

// An ID that does not say when it was made would open a second case in another year.
func TestOpenTakesAnIDThatSaysWhenItWasMade(t *testing.T) {
	o := newOffice(t)
	for _, dry := range []bool{true, false} {
		out, err := o.desk().Open(context.Background(), bloods, casework.Request{Command: uuid.New(), Actor: "j.doe", DryRun: dry})
		if !errors.Is(err, casework.ErrUndated) || len(out.Facts) > 0 {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if o.log.appends.Load() != 0 {
		t.Error("a number was given out")
	}
	o.does(o.desk(), o.open(), note("a"), casework.Request{Command: uuid.New(), Actor: "j.doe"}) // in a case any will do
}

// Made in one year, carried out in the next, repeated in the one after.
func TestOpenRepeatedYearsLater(t *testing.T) {
	for what, made := range map[string]string{"last year": "2026-12-31T23:50:00Z", "long ago": "1999-12-31T12:00:00Z", "by a clock that is ahead": "2028-01-01T00:10:00Z"} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			at, err := time.Parse(time.RFC3339, made)
			if err != nil {
				t.Fatal(err)
			}
			how := casework.Request{Command: madeAt(t, at), Actor: "j.doe"}
			o.set("2027-01-01T00:10:00Z")
			first, err := o.desk().Open(context.Background(), bloods, how)
			if err != nil || first.Aggregate.ID != "GLO-27-0001" {
				t.Fatalf("%+v, %v", first, err)
			}
			for _, moment := range []string{"2027-12-31T23:00:00Z", "2028-01-02T09:00:00Z", "2031-06-01T09:00:00Z"} {
				o.set(moment)
				out, err := o.desk().Open(context.Background(), bloods, how)
				if err != nil || out.Aggregate != first.Aggregate || !out.Repeated {
					t.Errorf("in %s: %+v, %v", moment[:4], out, err)
				}
			}
		})
	}
}

func TestANoticeIsServedOnceForAService(t *testing.T) {
	o := newOffice(t)
	file := func(ref string) negotiation.Casefile {
		h := o.log.history(t, events.Case(ref))
		f := negotiation.Casefile{Case: negotiation.Fold(h)}
		for _, r := range h {
			if err := f.Advance(r); err != nil {
				t.Fatal(err)
			}
		}
		return f
	}
	prepared := func(service string) string {
		cmd := bloods
		cmd.Service = service
		out, err := o.desk().Open(context.Background(), cmd, by("j.doe"))
		if err != nil {
			t.Fatal(err)
		}
		o.does(o.desk(), out.Aggregate.ID, negotiation.Advise{Practices: []string{"A81001"}, Text: "three months"}, by("j.doe"))
		return out.Aggregate.ID
	}
	first, second, ecg := prepared("phlebotomy-secondary"), prepared("phlebotomy-secondary"), prepared("ecg")
	serve := negotiation.ServeNotice{Practices: []string{"A81001"}, Period: calendar.Period{N: 3, Unit: calendar.Months}}
	how := by("j.doe")
	o.does(o.desk(), first, serve, how)
	known := memory{cases: map[string]negotiation.Casefile{first: file(first), second: file(second), ecg: file(ecg)}}

	for _, dry := range []bool{true, false} {
		again := by("k.roe")
		again.DryRun = dry
		_, err := o.desk(known).Handle(context.Background(), second, serve, again)
		if !errors.Is(err, negotiation.ErrOtherNotice) || !strings.Contains(err.Error(), first) {
			t.Errorf("in the second case it was met with: %v", err)
		}
	}
	if out := o.does(o.desk(known), first, serve, how); !out.Repeated {
		t.Errorf("%+v", out)
	}
	o.does(o.desk(known), ecg, serve, by("j.doe"))
	o.does(o.desk(known), first, negotiation.WithdrawNotice{Practices: []string{"A81001"}}, by("j.doe"))
	known.cases[first] = file(first)
	o.does(o.desk(known), second, serve, by("j.doe"))
}

// The parties' entries in the directory are asked for where a rule needs them.
func TestPartiesAreLookedUpForAnotherICB(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	correct := negotiation.Correct{Event: events.EventID{Version: 1, Index: 1}, Why: "misread", Fields: []byte(`{"icb":"QSL"}`)}
	if _, err := o.desk().Handle(context.Background(), ref, correct, by("j.doe")); !errors.Is(err, negotiation.ErrCorrection) {
		t.Errorf("the correction was met with: %v", err)
	}
	if _, err := o.desk().Handle(context.Background(), ref, negotiation.Transfer{ICB: "QSL"}, by("j.doe")); !errors.Is(err, negotiation.ErrOtherICB) {
		t.Errorf("the transfer was met with: %v", err)
	}
	o.bodies.Directory = directory.New().With(directory.Practice{
		Code: "A81001", Open: []directory.Span{{From: day("1974-04-01")}}, ICBs: []directory.Tenure{{From: day("2026-01-01"), ICB: "QSL"}},
	})
	o.does(o.desk(), ref, negotiation.Transfer{ICB: "QSL"}, by("j.doe"))
}

func TestAnOlderListIsSaidToBeOvertaken(t *testing.T) {
	o := newOffice(t)
	list := func(asAt, code string) casework.Outcome {
		t.Helper()
		out, err := o.desk().UpdateDirectory(context.Background(), directory.Import{AsAt: day(asAt), Listings: []directory.Listing{
			{Practice: code, Name: "SURGERY", ICB: "QR1", Opened: day("1974-04-01")},
		}}, by("j.doe"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct{ asAt, code, overtaken string }{
		{"2026-02-27", "A81001", ""}, {"2026-02-27", "A81001", ""}, {"2026-02-03", "A81001", "2026-02-27"}, {"2025-09-01", "A81002", "2026-02-27"}, {"2026-03-01", "A81001", ""},
	} {
		if out := list(c.asAt, c.code); out.Overtaken.String() != c.overtaken {
			t.Errorf("the list as at %s was overtaken on %q, want %q", c.asAt, out.Overtaken, c.overtaken)
		}
	}
}

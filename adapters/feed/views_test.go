package feed

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
	"parley/projections/status"
)

// The Desk remembers cases and knows bodies through the views.
func TestTheDeskWorksOnViews(t *testing.T) {
	w := newWorld(t)
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	now := sample.Day("2026-11-22").Time().Add(9 * time.Hour)
	desk := casework.New(w.log, v, v, func() time.Time { return now }, time.UTC)
	by := func() casework.Request { return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: "j.doe"} }
	ctx := t.Context()

	imported, err := desk.UpdateDirectory(ctx, directory.Import{AsAt: sample.Day("2026-11-01"), Listings: []directory.Listing{
		{Practice: "L84001", Name: "ALNEY SURGERY", ICB: "QR1", Opened: sample.Day("1974-04-01")},
		{Practice: "L84002", Name: "QUAY HEALTH", ICB: "QR1", Opened: sample.Day("1974-04-01")},
	}}, by())
	if err != nil {
		t.Fatal(err)
	}
	// The views have not been told of the list, and are asked for its practices.
	opened, err := desk.Open(ctx, negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ring-pessary", Title: "Pessaries", Practices: []string{"L84001", "L84002"}}, by())
	if err != nil {
		t.Fatal(err)
	}
	if v.Position() < imported.Position {
		t.Errorf("position %d", v.Position())
	}
	if _, err := desk.Open(ctx, negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ring-pessary", Title: "Pessaries", Practices: []string{"L84009"}}, by()); !errors.Is(err, directory.ErrUnknownPractice) {
		t.Errorf("an unknown practice: %v", err)
	}
	ref := opened.Aggregate.ID
	told, err := desk.Handle(ctx, ref, negotiation.TableOffer{By: events.ICB, ReplyBy: sample.Day("2026-12-04"), Terms: events.Terms{PricePence: 410, Unit: "fitting", From: sample.Day("2027-01-01")}}, by())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.CatchUp(ctx, told.Position); err != nil {
		t.Fatal(err)
	}
	file, found, err := v.Case(ctx, ref)
	if err != nil || !found || file.Version != told.Version || len(file.Case.Practices) != 2 {
		t.Errorf("%+v, %t, %v", file, found, err)
	}
	register, found, err := v.Register(ctx, "GLO-26")
	if err != nil || !found || register.Register.Last != 1 {
		t.Errorf("%+v, %t, %v", register, found, err)
	}

	var failed error
	due, err := docket.List(v.Docket.All(ctx, &failed), docket.Query{Day: docket.Day{Today: desk.Today(), Calendar: calendar.Builtin()}})
	if err != nil || failed != nil || len(due) != 1 || due[0].Ref != ref || due[0].DaysLeft != 12 {
		t.Errorf("due: %+v, %v, %v", due, err, failed)
	}
	rows := status.List(v.Cases.All(ctx, &failed), status.Filter{Practice: "L84002"}, desk.Today())
	if failed != nil || len(rows) != 1 || rows[0].Stage != negotiation.StageNegotiating {
		t.Errorf("cases: %+v, %v", rows, failed)
	}
	if near := status.Nearest(v.Cases.Keys(ctx, &failed), "GLO-26-0010", 3); failed != nil || !slices.Equal(near, []string{ref}) {
		t.Errorf("nearest: %v, %v", near, failed)
	}

	// A new Desk decides on what the views remember, without reading the history.
	fresh := casework.New(w.log, v, v, func() time.Time { return now }, time.UTC)
	accepted, err := fresh.Handle(ctx, ref, negotiation.AcceptOffer{Offer: 1}, by())
	if err != nil || accepted.Version != told.Version+1 {
		t.Errorf("%+v, %v", accepted, err)
	}
}

// The views know the notices that run in all open cases, also those that they
// have not been told of.
func TestNoticesOfAllCases(t *testing.T) {
	w := newWorld(t)
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	now := sample.Day("2026-11-22").Time().Add(9 * time.Hour)
	desk := casework.New(w.log, v, v, func() time.Time { return now }, time.UTC)
	by := func() casework.Request { return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: "j.doe"} }
	ctx, codes := t.Context(), []string{"L84001", "L84002"}
	w.tell(events.Directory(), listed("L84001"), listed("L84002"))
	opened := func(service string) string {
		out, err := desk.Open(ctx, negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: service, Title: service, Practices: codes}, by())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Handle(ctx, out.Aggregate.ID, negotiation.Advise{Practices: codes, Text: "three months"}, by()); err != nil {
			t.Fatal(err)
		}
		return out.Aggregate.ID
	}
	serve := negotiation.ServeNotice{Practices: codes[:1], Period: calendar.Period{N: 3, Unit: calendar.Months}}
	var ecgs []string
	for range 20 { // many are read on all processors
		ecgs = append(ecgs, opened("ecg"))
	}
	pessary := opened("ring-pessary")
	if _, err := desk.Handle(ctx, ecgs[7], serve, by()); err != nil {
		t.Fatal(err)
	}
	found, err := v.Notices(ctx, "ecg", codes)
	if err != nil || len(found) != 1 || found[0].Ref != ecgs[7] || found[0].Practice != "L84001" || found[0].Notice.Ends != sample.Day("2027-02-22") {
		t.Errorf("%+v, %v", found, err)
	}
	for what, c := range map[string]struct {
		service string
		codes   []string
	}{"another service": {"ring-pessary", codes}, "another practice": {"ecg", codes[1:]}, "nobody": {"ecg", nil}} {
		if found, err := v.Notices(ctx, c.service, c.codes); err != nil || len(found) > 0 {
			t.Errorf("%s: %+v, %v", what, found, err)
		}
	}
	if _, err := desk.Handle(ctx, ecgs[8], serve, by()); !errors.Is(err, negotiation.ErrOtherNotice) {
		t.Errorf("a second notice was met with: %v", err)
	}
	if _, err := desk.Handle(ctx, pessary, serve, by()); err != nil {
		t.Errorf("that for another service: %v", err)
	}
}

func TestBodiesHoldNewCommissioners(t *testing.T) {
	w := newWorld(t)
	w.tell(events.Directory(),
		sample.Fact("2027-04-01", events.CommissionerEstablished{ICB: "A1B2C", Name: "NHS Severn Integrated Care Board"}),
		sample.Fact("2027-03-31", events.CommissionerAbolished{ICB: "QR1", Successors: []string{"A1B2C"}}),
		listed("L84001"))
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	bodies, err := v.Bodies(t.Context(), []string{"L84001", "not a code"})
	if err != nil {
		t.Fatal(err)
	}
	after := sample.Day("2027-04-01")
	if c, err := bodies.Commissioner("A1B2C", after); err != nil || c.Name == "" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := bodies.Commissioner("QR1", after); !errors.Is(err, directory.ErrAbolished) {
		t.Errorf("%v", err)
	}
	if _, err := bodies.Commissioner("QUY", after); err != nil {
		t.Error(err) // built in
	}
	if p, err := bodies.Practice("L84001", after); err != nil || len(bodies.Practices()) != 1 {
		t.Errorf("%v, %v", p, err)
	}
}

// Where a case's commits stand is known as far as the views have come, and of
// nothing else; and of views that cannot be read it is not known.
func TestTheViewsKnowWhereCommitsStand(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	a := events.Case("GLO-26-0001")
	if got := v.Positions(t.Context(), a); len(got) != 0 {
		t.Errorf("before anything was taken in: %d", got)
	}
	catchUp(t, v)
	var want []uint64
	for _, r := range w.after(0) {
		if r.Aggregate == a {
			want = append(want, r.Position)
		}
	}
	w.tell(a, sample.Fact("2026-11-02", events.NoteAdded{Text: "not taken in"}))
	if got := v.Positions(t.Context(), a); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("%d, and it is %d", got, want)
	}
	for _, other := range []events.Aggregate{events.Case("GLO-26-0009"), events.Register("GLO-26"), {Kind: events.KindDirectory, ID: a.ID}} {
		if got := v.Positions(t.Context(), other); len(got) != 0 {
			t.Errorf("%s: %d", other, got)
		}
	}
	closed(t, v)
	if got := v.Positions(t.Context(), a); len(got) != 0 {
		t.Errorf("of closed views: %d", got)
	}
}

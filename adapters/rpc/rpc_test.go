package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"parley/adapters/rpc"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// asked are the questions of an Office, each answered by whichever it is given.
func asked(ref string) map[string]func(context.Context, rpc.Office) (any, error) {
	asOf := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return map[string]func(context.Context, rpc.Office) (any, error){
		"about":     func(ctx context.Context, o rpc.Office) (any, error) { return o.About(ctx) },
		"case":      func(ctx context.Context, o rpc.Office) (any, error) { return o.Case(ctx, ref) },
		"history":   func(ctx context.Context, o rpc.Office) (any, error) { return o.History(ctx, events.Case(ref)) },
		"directory": func(ctx context.Context, o rpc.Office) (any, error) { return o.History(ctx, events.Directory()) },
		"nothing at all": func(ctx context.Context, o rpc.Office) (any, error) {
			return o.History(ctx, events.Case("GLO-26-0009"))
		},
		"cases": func(ctx context.Context, o rpc.Office) (any, error) {
			return o.Cases(ctx, status.Filter{Practice: "L84001"})
		},
		"no cases":  func(ctx context.Context, o rpc.Office) (any, error) { return o.Cases(ctx, status.Filter{Service: "x"}) },
		"deadlines": func(ctx context.Context, o rpc.Office) (any, error) { return o.Deadlines(ctx, docket.Query{All: true}) },
		"of one": func(ctx context.Context, o rpc.Office) (any, error) {
			return o.Deadlines(ctx, docket.Query{Ref: ref, Owner: events.ICB})
		},
		"soon": func(ctx context.Context, o rpc.Office) (any, error) {
			return o.Deadlines(ctx, docket.Query{Within: calendar.Period{N: 40, Unit: calendar.WorkingDays}})
		},
		"nearest":        func(ctx context.Context, o rpc.Office) (any, error) { return o.Nearest(ctx, "GLO-26-0010") },
		"the day":        func(ctx context.Context, o rpc.Office) (any, error) { return o.Day(ctx, time.Time{}) },
		"an earlier day": func(ctx context.Context, o rpc.Office) (any, error) { return o.Day(ctx, asOf.AddDate(0, 0, -3)) },
		"a later day":    func(ctx context.Context, o rpc.Office) (any, error) { return o.Day(ctx, asOf) },
		"bodies": func(ctx context.Context, o rpc.Office) (any, error) {
			return o.Bodies(ctx, []string{"L84001", "L89999"})
		},
		"no practices": func(ctx context.Context, o rpc.Office) (any, error) { return o.Bodies(ctx, nil) },
		"find": func(ctx context.Context, o rpc.Office) (any, error) {
			rows, more, err := o.Find(ctx, bodies.Search{Text: "surgery", On: calendar.At(asOf, time.UTC), Limit: 1})
			return []any{rows, more}, err
		},
		"examine":         func(ctx context.Context, o rpc.Office) (any, error) { return o.Examine(ctx) },
		"an unknown case": func(ctx context.Context, o rpc.Office) (any, error) { return o.Case(ctx, "GLO-26-0099") },
		"end":             func(ctx context.Context, o rpc.Office) (any, error) { return o.End(ctx) },
		"a backup": func(ctx context.Context, o rpc.Office) (any, error) {
			return nil, o.NoteBackup(ctx, rpc.Backup{Path: "/b", Host: "h", Taken: asOf, Position: 3, Hash: events.Hash{3}, Encrypted: true})
		},
		"no backup":          func(ctx context.Context, o rpc.Office) (any, error) { return nil, o.NoteBackup(ctx, rpc.Backup{}) },
		"the log":            func(ctx context.Context, o rpc.Office) (any, error) { return walked(ctx, o, 0) },
		"the end of the log": func(ctx context.Context, o rpc.Office) (any, error) { return walked(ctx, o, 2) },
		"beyond the log":     func(ctx context.Context, o rpc.Office) (any, error) { return walked(ctx, o, 20_000) },
		"verify":             func(ctx context.Context, o rpc.Office) (any, error) { return verified(ctx, o, rpc.Since{}) },
		"verify the end":     func(ctx context.Context, o rpc.Office) (any, error) { return verified(ctx, o, rpc.Since{Position: 3}) },
	}
}

// walked returns all that stands in the log after a position, and its last one.
func walked(ctx context.Context, o rpc.Office, after uint64) (any, error) {
	var all []events.Placed
	last, err := o.ScanStored(ctx, after, func(p events.Placed) error {
		all = append(all, p)
		return nil
	})
	return []any{last, all}, err
}

// verified returns what an audit found; the errors of a far office are not known
// to its table here.
func verified(ctx context.Context, o rpc.Office, from rpc.Since) (any, error) {
	r, err := o.Verify(ctx, from)
	for i, f := range r.Findings {
		if !errors.Is(f.Err, events.ErrDamaged) && o != nil {
			if _, far := o.(*rpc.Client); !far { // whose table does not know it here
				return nil, fmt.Errorf("%v is no damage", f.Err)
			}
		}
		r.Findings[i].Err = nil
	}
	return r, err
}

// same compares answers: directories by what they know, for they are equal in
// more than one form.
func same(a, b any) bool {
	plain := func(v any) any {
		switch v := v.(type) {
		case directory.Directory:
			return []any{v.Commissioners(), v.Practices()}
		case docket.Day:
			return []any{v.Today, v.Bodies.Commissioners(), v.Calendar.Version(), v.Calendar.Horizon(), v.Calendar.Holidays(calendar.Scotland, 2027)}
		}
		return v
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// What is due in all of England is more than one message can hold.
func TestALongListArrives(t *testing.T) {
	w := newWorld(t, 1<<20)
	for i := range 10_000 {
		w.office.due = append(w.office.due, &docket.Row{
			Ref: fmt.Sprintf("GLO-26-%05d", i), ID: "D7.1", Rule: "foi-respond", Title: "Answer the request for information", Responsible: []string{"QR1"},
			Due: calendar.On(2026, 12, 1).AddDays(i % 99), Breaches: []deadline.Breach{},
		})
	}
	w.serve()
	got, err := w.client("j.doe").Deadlines(t.Context(), docket.Query{})
	if err != nil || !reflect.DeepEqual(got, w.office.due) {
		t.Errorf("%d of %d deadlines arrive, %v", len(got), len(w.office.due), err)
	}
}

func TestAClientIsToldWhatTheOfficeSays(t *testing.T) {
	for name, most := range map[string]int32{"in one piece": 8 << 20, "in parts": 12 << 10} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, most)
			w.serve()
			c := w.client("j.doe")
			ref := open(t, c)
			for _, cmd := range []negotiation.Command{
				negotiation.SendFOI{About: "Spend on phlebotomy"},
				negotiation.TableOffer{By: events.ICB, Terms: events.Terms{PricePence: 410, Unit: "per sample", From: calendar.On(2027, 4, 1)}, ReplyBy: calendar.On(2026, 12, 18)},
				negotiation.AddNote{Text: strings.Repeat("A long note. ", 200)},
			} {
				if _, err := c.Handle(t.Context(), ref, cmd, asks(t)); err != nil {
					t.Fatal(err)
				}
			}
			list := holidays.Import{Source: "GOV.UK", Published: calendar.On(2026, 11, 20)}
			for year := 2019; year <= 2028; year++ {
				for _, div := range calendar.Divisions() {
					list.Holidays = append(list.Holidays, calendar.Builtin().Holidays(div, year)...)
				}
			}
			list.Holidays = append(list.Holidays, calendar.Holiday{Division: calendar.Scotland, Date: calendar.On(2027, 6, 14), Title: "Jubilee"})
			if most > 1<<20 { // which is a request in one piece
				if out, err := c.UpdateCalendar(t.Context(), list, asks(t)); err != nil || len(out.Facts) != 1 {
					t.Fatalf("%+v, %v", out, err)
				}
			}
			here := w.office
			here.actor = "j.doe"
			for what, question := range asked(ref) {
				want, wrong := question(t.Context(), &here)
				got, err := question(t.Context(), c)
				if fmt.Sprint(err) != fmt.Sprint(wrong) || errors.As(err, new(*casework.UnknownCase)) != errors.As(wrong, new(*casework.UnknownCase)) {
					t.Errorf("%s: %v, and here %v", what, err, wrong)
				}
				if !same(got, want) {
					t.Errorf("%s:\n%+v\nand here\n%+v", what, got, want)
				}
			}
		})
	}
}

func TestWhoActsIsWhoAsks(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	ref := open(t, w.client("j.doe"))
	how := asks(t)
	how.Actor = "the chief executive" // who did not say so
	if _, err := w.client("élodie <x>").Handle(t.Context(), ref, negotiation.AddNote{Text: "a"}, how); err != nil {
		t.Fatal(err)
	}
	h, err := w.client("j.doe").History(t.Context(), events.Case(ref))
	if err != nil || len(h) != 2 || h[0].Actor != "j.doe" || h[1].Actor != "élodie <x>" {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestWhatWasRecordedIsSeenAtOnce(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	w.serve() // another server
	ref := open(t, w.client("j.doe"))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := w.client(fmt.Sprint("writer-", i))
			for range 10 {
				out, err := c.Handle(t.Context(), ref, negotiation.AddNote{Text: "a"}, asks(t))
				if errors.Is(err, casework.ErrConflict) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				file, err := c.Case(t.Context(), ref)
				if err != nil || file.Version < out.Version {
					t.Errorf("after version %d the case is at %d, %v", out.Version, file.Version, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestErrorsArriveAsWhatTheyAre(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	c := w.client("j.doe")
	ref := open(t, c)
	for range 2 {
		if _, err := c.Handle(t.Context(), ref, negotiation.AddNote{Text: "in between"}, asks(t)); err != nil {
			t.Fatal(err)
		}
	}
	how := asks(t)
	how.Seen = 1
	_, err := c.Handle(t.Context(), ref, negotiation.AddNote{Text: "b"}, how)
	var conflict *casework.Conflict
	if !errors.As(err, &conflict) || !errors.Is(err, casework.ErrConflict) || conflict.Seen != 1 || conflict.Now != 3 || len(conflict.Between) != 2 {
		t.Fatalf("%v: %+v", err, conflict)
	}
	if b := conflict.Between[1]; b.Actor != "j.doe" || b.ID(0).String() != "3.1" || b.Facts[0].Event.(events.NoteAdded).Text != "in between" {
		t.Errorf("%+v", b)
	}
	_, err = c.Handle(t.Context(), ref, negotiation.AddNote{}, asks(t))
	if !errors.Is(err, negotiation.ErrMissing) || errors.Is(err, casework.ErrConflict) || errors.Is(err, rpc.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	w.office.before = func(string) error { return fmt.Errorf("wrapped: %w", errOdd) }
	if _, err = c.Handle(t.Context(), ref, negotiation.AddNote{Text: "c"}, asks(t)); err == nil || err.Error() != "wrapped: an odd error" || errors.Is(err, errOdd) {
		t.Errorf("%v", err)
	}
	w.office.before = func(string) error { panic("something broke") }
	if _, err = c.Handle(t.Context(), ref, negotiation.AddNote{Text: "d"}, asks(t)); !errors.Is(err, rpc.ErrBroken) {
		t.Errorf("%v", err)
	}
	if _, err := c.Case(t.Context(), ref); err != nil {
		t.Errorf("a request that broke took others with it: %v", err)
	}
}

func TestTheClockOfWhoAsks(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	set := time.Date(2027, 1, 4, 8, 30, 0, 0, time.UTC)
	clocked := func(o *rpc.Options) { o.Clock = set }
	if day, err := w.client("rehearser", clocked).Day(t.Context(), time.Time{}); err != nil || day.Today != calendar.On(2027, 1, 4) {
		t.Errorf("%s, %v", day.Today, err)
	}
	if _, err := w.client("j.doe", clocked).Day(t.Context(), time.Time{}); !errors.Is(err, errNoClock) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoRequestIsRefusedAndDoesNoHarm(t *testing.T) {
	w := newWorld(t, 2<<20)
	w.serve()
	ref := open(t, w.client("j.doe"))
	nc := w.connect("j.doe")
	good := nats.Header{"Parley-Protocol": {rpc.Protocol}}
	for what, c := range map[string]struct {
		subject, body string
		head          nats.Header
		says          error
	}{
		"no JSON":                   {"parley.v1.j%2Edoe.case", `{`, good, rpc.ErrMalformed},
		"nothing":                   {"parley.v1.j%2Edoe.case", ``, good, rpc.ErrMalformed},
		"another field":             {"parley.v1.j%2Edoe.case", `{"Ref":"a","actor":"x"}`, good, rpc.ErrMalformed},
		"two values":                {"parley.v1.j%2Edoe.case", `{"Ref":"a"}{}`, good, rpc.ErrMalformed},
		"too much":                  {"parley.v1.j%2Edoe.case", `{"Ref":"` + strings.Repeat("a", 70_000) + `"}`, good, rpc.ErrTooLarge},
		"no version":                {"parley.v1.j%2Edoe.case", `{"Ref":"a"}`, nil, rpc.ErrProtocol},
		"another version":           {"parley.v1.j%2Edoe.case", `{"Ref":"a"}`, nats.Header{"Parley-Protocol": {"2"}}, rpc.ErrProtocol},
		"a clock that is none":      {"parley.v1.j%2Edoe.case", `{"Ref":"a"}`, nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Clock": {"noon"}}, rpc.ErrMalformed},
		"a position that is none":   {"parley.v1.j%2Edoe.case", `{"Ref":"a"}`, nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Position": {"-1"}}, rpc.ErrMalformed},
		"patience that is none":     {"parley.v1.j%2Edoe.case", `{"Ref":"a"}`, nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Patience": {"0"}}, rpc.ErrMalformed},
		"a command that is none":    {"parley.v1.j%2Edoe.handle", `{"ref":"` + ref + `","type":"drop","command":{},"id":"01890000-0000-7000-8000-000000000000"}`, good, rpc.ErrMalformed},
		"a command for a name":      {"parley.v1.j%2Edoe.handle", `{"ref":"` + ref + `","type":"add-note","command":{"Text":"x"},"id":"01890000-0000-7000-8000-000000000000","actor":"k"}`, good, rpc.ErrMalformed},
		"an aggregate that is none": {"parley.v1.j%2Edoe.history", `{"Aggregate":"stream/ES"}`, good, rpc.ErrMalformed},
	} {
		m, err := nc.RequestMsg(&nats.Msg{Subject: c.subject, Data: []byte(c.body), Header: c.head}, 10*time.Second)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		var told struct {
			Message string
			Is      []string
		}
		if err := json.Unmarshal(m.Data, &told); err != nil || m.Header.Get("Nats-Service-Error-Code") == "" || len(told.Is) != 1 || told.Is[0] != c.says.Error() {
			t.Errorf("%s: %s %v", what, m.Data, err)
		}
	}
	file, err := w.client("j.doe").Case(t.Context(), ref)
	if err != nil || file.Version != 1 {
		t.Errorf("version %d, %v", file.Version, err)
	}
	big := negotiation.AddNote{Text: strings.Repeat("a", 3<<20)}
	if _, err := w.client("j.doe").Handle(t.Context(), ref, big, asks(t)); !errors.Is(err, rpc.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	w := newWorld(t, 8<<20)
	c := w.client("j.doe", func(o *rpc.Options) { o.Patience = 300 * time.Millisecond })
	if _, err := c.About(t.Context()); !errors.Is(err, rpc.ErrUnreachable) || strings.Contains(err.Error(), "nats:") {
		t.Errorf("a question that nobody heard: %v", err)
	}
	_, err := c.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t))
	if !errors.Is(err, rpc.ErrUnreachable) || errors.Is(err, casework.ErrUncertain) {
		t.Errorf("a command that nobody heard: %v", err)
	}
	if _, err := w.connect("").Subscribe("parley.v1.*.*", func(*nats.Msg) {}); err != nil { // who hears, and says nothing
		t.Fatal(err)
	}
	if _, err = c.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t)); !errors.Is(err, casework.ErrUncertain) {
		t.Errorf("a command that somebody may have heard: %v", err)
	}
	_, err = c.Case(t.Context(), "GLO-26-0001")
	if !errors.Is(err, rpc.ErrLate) || errors.Is(err, casework.ErrUncertain) || !strings.HasSuffix(err.Error(), ": nothing came back within 300ms") {
		t.Errorf("a question that somebody has heard: %v", err)
	}
}

func TestACommandThatIsCutOffIsUncertain(t *testing.T) {
	w := newWorld(t, 8<<20)
	nc := w.connect("j.doe")
	c := rpc.NewClient(nc, rpc.Options{Actor: "j.doe", Errors: known()})
	if _, err := w.connect("").Subscribe("parley.v1.*.*", func(*nats.Msg) { nc.Close() }); err != nil {
		t.Fatal(err)
	}
	_, err := c.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t))
	if !errors.Is(err, casework.ErrUncertain) || !errors.Is(err, rpc.ErrUnreachable) {
		t.Errorf("a command that somebody has heard: %v", err)
	}
	if _, err := c.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t)); errors.Is(err, casework.ErrUncertain) || !errors.Is(err, rpc.ErrUnreachable) {
		t.Errorf("a command that was not sent: %v", err)
	}
}

func TestAnAnswerThatIsLostIsAskedForAgain(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	ref := open(t, w.client("j.doe"))
	w.served = w.serve()
	held := make(chan struct{})
	var late atomic.Bool
	w.office.after = func(context.Context) {
		if late.CompareAndSwap(false, true) {
			<-held // recorded, and the answer comes too late
		}
	}
	c := w.client("j.doe", func(o *rpc.Options) { o.Patience = time.Second })
	before := w.office.handled.Load()
	out, err := c.Handle(t.Context(), ref, negotiation.AddNote{Text: "a"}, asks(t))
	close(held)
	if err != nil || out.Version != 2 || w.office.handled.Load() < before+2 {
		t.Fatalf("%+v, %v", out, err)
	}
	if h, err := c.History(t.Context(), events.Case(ref)); err != nil || len(h) != 2 {
		t.Errorf("%d commits, %v", len(h), err)
	}
}

func TestAServerThatLagsBehindIsAskedAgain(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	ref := open(t, w.client("j.doe"))
	var asked atomic.Int64
	lags := errors.New("it lags")
	w.office.catching = func(position uint64) error {
		if position > 0 && asked.Add(1) < 3 {
			return lags
		}
		return nil
	}
	c := w.client("j.doe")
	if err := c.CatchUp(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Case(t.Context(), ref); err != nil || asked.Load() != 3 {
		t.Errorf("%v, after it was asked %d times", err, asked.Load())
	}
	w.office.catching = func(uint64) error { return lags }
	c = w.client("j.doe", func(o *rpc.Options) { o.Patience = 300 * time.Millisecond })
	if err := c.CatchUp(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	_, err := c.Handle(t.Context(), ref, negotiation.AddNote{Text: "a"}, asks(t))
	if !errors.Is(err, rpc.ErrLagging) || !errors.Is(err, rpc.ErrUnreachable) || errors.Is(err, casework.ErrUncertain) {
		t.Errorf("%v", err)
	}
}

// What takes longer than whoever asks waits is told apart from what failed.
func TestWhatIsNotDoneInTime(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	w.office.catching = func(uint64) error {
		time.Sleep(20 * time.Millisecond)
		return context.DeadlineExceeded
	}
	m, err := w.connect("j.doe").RequestMsg(&nats.Msg{
		Subject: "parley.v1.j%2Edoe.catch-up", Data: []byte("{}"), Header: nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Patience": {"1"}},
	}, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := (rpc.Errors{}).Decode(m.Data); !errors.Is(err, rpc.ErrLate) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatCannotBeRead(t *testing.T) {
	w := newWorld(t, 8<<20)
	nc := w.connect("")
	head := nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Position": {"7"}}
	var garbled nats.Msg
	if _, err := nc.Subscribe("parley.v1.*.*", func(m *nats.Msg) {
		_ = m.RespondMsg(&nats.Msg{Data: garbled.Data, Header: garbled.Header})
	}); err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) nats.Header {
		h := nats.Header{}
		for n, v := range head {
			h[n] = v
		}
		h.Set(name, value)
		return h
	}
	for what, m := range map[string]nats.Msg{
		"no JSON":             {Data: []byte("{"), Header: head},
		"another field":       {Data: []byte(`{"aggregate":"case/GLO-26-0001","version":1,"position":1,"more":1}`), Header: head},
		"no position":         {Data: []byte(`{}`), Header: with("Parley-Position", "")},
		"the second part":     {Data: []byte(`{}`), Header: with("Parley-Part", "2/2")},
		"a part of nothing":   {Data: []byte(`{}`), Header: with("Parley-Part", "1/0")},
		"no part":             {Data: []byte(`{}`), Header: with("Parley-Part", "first")},
		"an error unheard of": {Data: []byte(`{"what":1}`), Header: with("Nats-Service-Error-Code", "refused")},
	} {
		garbled = m
		_, err := w.client("j.doe").Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t))
		if !errors.Is(err, rpc.ErrGarbled) || !errors.Is(err, casework.ErrUncertain) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := w.client("j.doe").Case(t.Context(), "GLO-26-0001"); !errors.Is(err, rpc.ErrGarbled) || errors.Is(err, casework.ErrUncertain) {
			t.Errorf("%s, to a question: %v", what, err)
		}
	}
	garbled = nats.Msg{Data: []byte(`{}`), Header: with("Parley-Protocol", "2")}
	if _, err := w.client("j.doe").Case(t.Context(), "GLO-26-0001"); !errors.Is(err, rpc.ErrProtocol) {
		t.Errorf("another version: %v", err)
	}
}

func TestStoppingFinishesWhatIsInHand(t *testing.T) {
	w := newWorld(t, 8<<20)
	s := w.serve()
	ref := open(t, w.client("j.doe"))
	inHand, goOn := make(chan struct{}), make(chan struct{})
	w.office.before = func(string) error {
		close(inHand)
		<-goOn
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.client("j.doe").Handle(context.Background(), ref, negotiation.AddNote{Text: "a"}, asks(t))
		done <- err
	}()
	<-inHand
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(context.Background()) }()
	close(goOn)
	if err := errors.Join(<-done, <-stopped); err != nil {
		t.Error(err)
	}
	c := w.client("j.doe", func(o *rpc.Options) { o.Patience = 300 * time.Millisecond })
	if _, err := c.Case(t.Context(), ref); !errors.Is(err, rpc.ErrUnreachable) {
		t.Errorf("it still answers: %v", err)
	}
}

// What a server has done is asked for in NATS's own way.
func TestWhatWasDone(t *testing.T) {
	w := newWorld(t, 8<<20)
	w.serve()
	c := w.client("j.doe")
	open(t, c)
	if _, err := c.Case(t.Context(), "GLO-26-9999"); err == nil {
		t.Fatal("there is such a case")
	}
	answer, err := w.connect("").Request("$SRV.STATS.parley", nil, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Endpoints []struct {
			Name string
			Data struct{ Requests, Errors, Busy int64 }
		}
	}
	if err := json.Unmarshal(answer.Data, &told); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"handle": "1 request, 0 errors", "case": "1 request, 1 errors"}
	for _, e := range told.Endpoints {
		text, asked := want[e.Name]
		if got := fmt.Sprintf("%d request, %d errors", e.Data.Requests, e.Data.Errors); asked && (got != text || e.Data.Busy <= 0) {
			t.Errorf("%s: %+v", e.Name, e.Data)
		}
		delete(want, e.Name)
	}
	if len(want) > 0 {
		t.Errorf("nothing is told of %v", want)
	}
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	w := newWorld(t, 8<<20)
	s := w.serve()
	ref := open(t, w.client("j.doe"))
	inHand := make(chan struct{})
	w.office.after = func(ctx context.Context) {
		close(inHand)
		<-ctx.Done()
	}
	go func() {
		c := w.client("j.doe", func(o *rpc.Options) { o.Patience = 300 * time.Millisecond })
		_, _ = c.Handle(context.Background(), ref, negotiation.AddNote{Text: "a"}, asks(t))
	}()
	<-inHand
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func TestChangesAreTold(t *testing.T) {
	w := newWorld(t, 8<<20)
	one, two := w.serve(), w.serve()
	c := w.client("j.doe")
	told, err := c.Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for position := range uint64(3) {
		for _, s := range []*rpc.Service{one, two} { // each tells it
			if err := s.Announce(rpc.Change{Kind: events.KindCase, ID: "GLO-26-0001", Version: int(position + 1), Position: position + 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var versions []int
	for change, err := range told {
		if err != nil || change.Kind != events.KindCase || change.ID != "GLO-26-0001" {
			t.Fatalf("%+v, %v", change, err)
		}
		if versions = append(versions, change.Version); change.Position == 3 {
			break
		}
	}
	if !reflect.DeepEqual(versions, []int{1, 2, 3}) {
		t.Errorf("versions %v", versions)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if told, err = c.Changes(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	for change, err := range told {
		t.Errorf("%+v, %v", change, err)
	}
	if err := w.connect("").Publish("parley.v1.changes.case.x", []byte("{")); err != nil {
		t.Fatal(err)
	}
}

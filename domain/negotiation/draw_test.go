package negotiation

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// drawing fills commands and events with values: plausible ones of a small
// world, in which facts meet, and now and then anything.
type drawing struct {
	t      *rapid.T
	wild   bool // anything at all, as only a damaged or foreign log could hold
	today  calendar.Date
	facts  events.History // that corrections may be about
	clocks deadline.Book  // that commands may be about
}

func (d drawing) command() Command {
	// What comes first is drawn most.
	often := []Command{ServeNotice{}, Correct{}, TableOffer{}, AcceptOffer{}, WithdrawNotice{}, Sign{}, AcknowledgeNotice{}, EffectNotice{}, Advise{}, WithdrawOffer{}, PauseDeadline{}, ResumeDeadline{}, ExtendDeadline{}, AddDeadline{}}
	v := reflect.New(reflect.TypeOf(rapid.SampledFrom(slices.Concat(often, often, examples())).Draw(d.t, "command"))).Elem()
	d.fill(v)
	cmd := v.Interface().(Command)
	switch c := cmd.(type) {
	case OpenCase:
		c.Ref = "GLO-26-0001"
		return c
	case Correct:
		return d.correction(c)
	case AddDeadline:
		return d.addition(c)
	case RemoveExtension:
		c.Until = calendar.Date{}
		return c
	}
	return cmd
}

// addition makes c, more often than not, one that makes sense.
func (d drawing) addition(c AddDeadline) AddDeadline {
	sensible := AddDeadline{Dated: c.Dated, Title: "Answer", Owner: events.ICB}
	switch rapid.IntRange(0, 5).Draw(d.t, "sense") {
	case 0:
		return c
	case 1:
		sensible.Stated = d.today.AddDays(rapid.IntRange(-10, 60).Draw(d.t, "stated"))
	case 2, 3:
		sensible.Rule = rapid.SampledFrom([]string{"foi-respond", "gms-close-ack", "foi-ico"}).Draw(d.t, "of the book")
	default:
		sensible.Limit.Period = rapid.SampledFrom([]calendar.Period{period("3m"), period("28d"), period("20wd"), period("2w")}).Draw(d.t, "of its own")
		sensible.Limit.Counting = rapid.SampledFrom([]events.Counting{"", events.BeginningWith, events.ClearDays}).Draw(d.t, "counted")
	}
	return sensible
}

// correction makes c one of three: a retraction, a move or a change of a field.
func (d drawing) correction(c Correct) Correct {
	c.Retract, c.Fields = false, nil
	switch rapid.IntRange(0, 2).Draw(d.t, "how") {
	case 0:
		c.Retract, c.Moved = true, calendar.Date{}
	case 1:
		c.Moved = d.date()
	default:
		c.Moved = calendar.Date{}
		c.Fields = []byte(rapid.SampledFrom([]string{
			`{"period":"1m"}`, `{"period":"6m"}`, `{"notice":"1m"}`, `{"notice":"8w"}`, `{"to_month_end":true}`, `{"icb":"QHM"}`, `{"reply_by":"2026-12-01"}`, `{"reply_by":""}`, `{"terms":{"price_pence":7}}`, `{"text":"z"}`,
			`{"sent":"2026-10-15"}`, `{"deemed":"2026-11-20"}`, `{"keep_notices":true}`, `{"title":"z"}`, `{"review":"2027-06-01"}`, `{"practice":"A81002"}`, `{"x":1}`,
			`{"until":"2026-12-24"}`, `{"until":""}`, `{"trigger":"2026-11-02"}`, `{"rule":"foi-respond"}`, `{"time":"12:30"}`, `{"outcome":"refused"}`,
		}).Draw(d.t, "fields"))
	}
	return c
}

// date draws a day of the months around today, or of three centuries; none a
// good part of the time, as commands leave most of their days out.
func (d drawing) date() calendar.Date {
	if rapid.IntRange(0, 9).Draw(d.t, "dated") < 6 {
		return calendar.Date{}
	}
	if d.wild {
		return day("1900-01-01").AddDays(rapid.IntRange(0, 109_000).Draw(d.t, "day"))
	}
	return d.today.AddDays(rapid.IntRange(-60, 30).Draw(d.t, "day"))
}

func (d drawing) period() calendar.Period {
	if !d.wild {
		return rapid.SampledFrom([]calendar.Period{period("3m"), period("28d"), period("1m"), period("28d"), period("8w"), {}, period("20wd"), {N: -1, Unit: "m"}, {N: 9999, Unit: "y"}}).Draw(d.t, "period")
	}
	units := []calendar.Unit{calendar.Hours, calendar.Days, calendar.WorkingDays, calendar.Weeks, calendar.Months, calendar.Years}
	return calendar.Period{N: rapid.IntRange(0, 9999).Draw(d.t, "n"), Unit: rapid.SampledFrom(units).Draw(d.t, "unit")}
}

func (d drawing) id() events.EventID {
	if n := len(d.facts); n > 0 && !d.wild {
		r := d.facts[rapid.IntRange(0, n-1).Draw(d.t, "commit")]
		return r.ID(rapid.IntRange(0, len(r.Facts)).Draw(d.t, "fact"))
	}
	return events.EventID{Version: rapid.IntRange(0, 9).Draw(d.t, "version"), Index: rapid.IntRange(0, 4).Draw(d.t, "index")}
}

// words are what texts of a type may be; the first few of each are plausible.
func (d drawing) words(v reflect.Value) []string {
	switch v.Interface().(type) {
	case events.Party:
		return []string{"lmc", "icb", "lmc", "icb", "practice", ""}
	case events.Position:
		return []string{"none", "signed", "rolled-over", "core", "x"}
	case events.Method:
		return []string{"email", "post", "hand", ""}
	case events.Procedure:
		return []string{"local", "mediation", "", "x"}
	case events.Outcome:
		return []string{"resourced", "ceased", "withdrawn", "merged", "x"}
	case events.FOIOutcome:
		return []string{"disclosed", "refused", "x"}
	case events.Direction:
		return []string{"in", "out", "x"}
	case events.Counting:
		return []string{"", "", "beginning-with", "clear", "x"}
	case events.Roll:
		return []string{"", "", "none", "forward", "backward", "x"}
	case calendar.Working:
		return []string{"", "", "uk-any", "court", "x"}
	}
	if d.wild {
		return []string{"a", "QR1", "phlebotomy-secondary", "A81001", "A81002", "D1.1", "offer-reply", "les-notice", "foi-respond", "12:00", ""}
	}
	return []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "943 476 5919", ""}
}

func (d drawing) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case calendar.Date:
		v.Set(reflect.ValueOf(d.date()))
		return
	case calendar.Period:
		v.Set(reflect.ValueOf(d.period()))
		return
	case events.EventID:
		v.Set(reflect.ValueOf(d.id()))
		return
	case events.Fact:
		v.Set(reflect.ValueOf(d.fact()))
		return
	case json.RawMessage:
		return // for correction to say
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom(d.words(v)).Draw(d.t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{1, 2, 1, 2, 1, 2, 3, 0, -1}).Draw(d.t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(d.t, "flag"))
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			d.field(v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(d.t, "given") {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(d.t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			d.fill(v.Index(i))
		}
	default:
		panic(fmt.Sprintf("say here how a %s is drawn", v.Type()))
	}
}

// field fills a field whose name says more of its values than its type does.
func (d drawing) field(name string, v reflect.Value) {
	plausible := map[string][]string{
		"Practice": {"A81001", "A81002", "A81003", ""}, "ICB": {"QR1", "QR1", "QHM", "QMJ"}, "Service": {"phlebotomy-secondary", "x"},
		"LMC": {"GLO"}, "Unit": {"blood test"}, "Into": {"", "", "GLO-26-0002"}, "To": {"", "RTE"}, "SentTime": {"", "", "", "12:00", "12:00", "x"},
		"Time": {"", "", "12:00", "x"}, "Rule": {"", "", "foi-respond", "gms-close-ack", "foi-ico", "les-notice", "nhsdr-reps", "x"}, "Deadline": {"D1.1", "D9.9"},
	}
	for _, c := range d.clocks {
		plausible["Deadline"] = append(plausible["Deadline"], c.Deadline, c.Deadline)
	}
	switch {
	case d.wild:
		d.fill(v)
	case name == "From" && v.Type() == reflect.TypeFor[calendar.Date]() && rapid.Bool().Draw(d.t, "soon"):
		v.Set(reflect.ValueOf(d.today.AddDays(-90)))
	case name == "Practices" && v.Kind() == reflect.Slice:
		codes := rapid.SliceOfN(rapid.SampledFrom([]string{"A81001", "A81002", "A81003"}), 1, 2).Draw(d.t, "practices")
		v.Set(reflect.ValueOf(codes))
	case plausible[name] != nil && v.Kind() == reflect.String:
		v.SetString(rapid.SampledFrom(plausible[name]).Draw(d.t, name))
	default:
		d.fill(v)
	}
}

// fact draws a fact of any type; facts within it are notes.
func (d drawing) fact() events.Fact {
	v := reflect.New(reflect.TypeOf(rapid.SampledFrom(events.All()).Draw(d.t, "event"))).Elem()
	if e, ok := v.Interface().(events.EventReplaced); ok {
		e.Event, e.Why = d.id(), "x"
		for range rapid.IntRange(0, 2).Draw(d.t, "with") {
			e.With = append(e.With, events.Fact{On: d.date(), Event: events.NoteAdded{Text: "x"}})
		}
		return events.Fact{On: d.date(), Event: e, Follows: rapid.Bool().Draw(d.t, "follows")}
	}
	d.fill(v)
	return events.Fact{On: d.date(), Event: v.Interface().(events.Event), Follows: rapid.Bool().Draw(d.t, "follows")}
}

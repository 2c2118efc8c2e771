package govuk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"parley/domain/calendar"
	"parley/domain/holidays"
)

// file is a list with these events in England and Wales, and one each elsewhere.
func file(events string) string {
	const one = `{"title":"Boxing Day","date":"2026-12-28","notes":"Substitute day","bunting":true}`
	return `{"england-and-wales":{"division":"england-and-wales","events":[` + events + `]},` +
		`"scotland":{"division":"scotland","events":[` + one + `]},` +
		`"northern-ireland":{"division":"northern-ireland","events":[` + one + `]}}`
}

const christmas = `{"title":"Christmas Day","date":"2026-12-25","notes":"","bunting":true}`

func TestReadsAList(t *testing.T) {
	boxing := func(div calendar.Division) calendar.Holiday {
		return calendar.Holiday{Division: div, Date: calendar.On(2026, 12, 28), Title: "Boxing Day", Substitute: true}
	}
	want := []calendar.Holiday{
		{Division: calendar.EnglandAndWales, Date: calendar.On(2026, 12, 25), Title: "Christmas Day"},
		{Division: calendar.EnglandAndWales, Date: calendar.On(2012, 6, 5), Title: "Queen’s Diamond Jubilee"},
		boxing(calendar.Scotland), boxing(calendar.NorthernIreland),
	}
	for _, content := range []string{
		file(christmas + `,{"title":" Queen's Diamond Jubilee","date":"2012-06-05","notes":"Extra bank holiday","bunting":false}`),
		"\ufeff\r\n" + file(christmas+`,{"title":"Queen’s Diamond Jubilee","date":"2012-06-05"}`) + "\r\n",
	} {
		got, err := Read(strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", content, diff)
		}
	}
}

func TestRefusesAFileOfAnotherShape(t *testing.T) {
	good := file(christmas)
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "not a JSON object"},
		{"a page", "<!DOCTYPE html>", "not a JSON object"},
		{"a list", "[1]", "not a JSON object"},
		{"one division's own file", `{"division":"scotland","events":[` + christmas + `]}`, `"division" is no division`},
		{"an unknown division", strings.Replace(good, `"scotland":{`, `"wales":{`, 1), `"wales" is no division: there are england-and-wales, scotland, northern-ireland`},
		{"a division missing", `{"scotland":{"division":"scotland","events":[` + christmas + `]}}`, "no list for england-and-wales"},
		{"a division twice", strings.TrimSuffix(good, "}") + `,"scotland":{}}`, "scotland: it stands there twice"},
		{"a division under another's name", strings.Replace(good, `"division":"scotland"`, `"division":"northern-ireland"`, 1), `scotland: it calls itself "northern-ireland"`},
		{"a division without its name", strings.Replace(good, `"division":"scotland",`, ``, 1), "scotland: it does not say which division it is"},
		{"a division that is a list", strings.Replace(good, `{"division":"england-and-wales","events":[`+christmas+`]}`, "[]", 1), "england-and-wales: it is not a JSON object"},
		{"no events", file(""), "england-and-wales: it has no events"},
		{"null events", strings.Replace(good, "["+christmas+"]", "null", 1), "england-and-wales: it has no events"},
		{"events of text", strings.Replace(good, "["+christmas+"]", `"none"`, 1), "england-and-wales: events cannot be a string"},
		{"an event of text", file(`"Christmas Day"`), "england-and-wales, event 1: it is not a JSON object"},
		{"another field", file(strings.Replace(christmas, "bunting", "flags", 1)), `england-and-wales, event 1: unknown field "flags"`},
		{"another field of a division", strings.Replace(good, `"events"`, `"year":2026,"events"`, 1), `england-and-wales: unknown field "year"`},
		{"no title", file(christmas + `,{"date":"2026-12-28"}`), "england-and-wales, event 2: it has no title"},
		{"an empty title", file(`{"title":" ","date":"2026-12-28"}`), "event 1: it has no title"},
		{"a title with an escape code", file(`{"title":"\u001b[31m","date":"2026-12-28"}`), "cannot be printed"},
		{"a title too long", file(`{"title":"` + strings.Repeat("x", 201) + `","date":"2026-12-28"}`), "longer than 200 bytes"},
		{"no date", file(`{"title":"Christmas Day"}`), "event 1: it has no date"},
		{"a day that does not exist", file(strings.Replace(christmas, "2026-12-25", "2026-02-30", 1)), `england-and-wales, event 1: "2026-02-30" is not a day in the calendar`},
		{"a date of another form", file(strings.Replace(christmas, "2026-12-25", "25/12/2026", 1)), `"25/12/2026" is not a date`},
		{"a number for a date", file(strings.Replace(christmas, `"2026-12-25"`, "2026", 1)), "event 1: date cannot be a number"},
		{"a day twice", file(christmas + "," + christmas), "england-and-wales, event 2: 2026-12-25 is the day of event 1 too"},
		{"broken off", good[:len(good)-1], "it breaks off"},
		{"broken off within", good[:len(good)/2], "breaks off"},
		{"more after it", good + "{}", "something follows"},
		{"not JSON", strings.Replace(good, `"title":`, `"title";`, 1), "it is not JSON"},
		{"not UTF-8", strings.Replace(good, "Christmas", "Christm\xe4s", 1), "not UTF-8"},
		{"too large", good + strings.Repeat(" ", largest), "more than 1048576 bytes"},
	} {
		got, err := Read(strings.NewReader(c.content))
		var refused NotBankHolidays
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || got != nil {
			t.Errorf("%s: %v, want it refused: %s", c.name, err, c.want)
		}
	}
}

// endless is a reader that counts what was taken from it.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.taken += len(p)
	return len(p), nil
}

func TestReadsNoMoreThanItsLimit(t *testing.T) {
	var e endless
	if _, err := Read(&e); err == nil || e.taken > 4*largest {
		t.Errorf("after %d bytes: %v", e.taken, err)
	}
}

func TestAReaderThatFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := Read(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("it was told as %v", err)
	}
}

// What GOV.UK publishes is what is built in, so taking it in changes nothing.
func TestThePublishedListChangesNothing(t *testing.T) {
	f, err := os.Open("../../../shared/data/bank-holidays.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published list of bank holidays is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 472 {
		t.Errorf("it has %d holidays", len(list))
	}
	today := calendar.On(2026, 11, 22)
	facts, err := holidays.Decide(holidays.New(), holidays.Import{Source: Source, Published: today, Holidays: list}, today)
	if err != nil || len(facts) > 0 {
		t.Errorf("it causes %v, %v", facts, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(christmas))
	f.Add("\ufeff" + file(christmas+`,{"title":"Boxing Day","date":"2026-12-28"}`))
	f.Add(`{"scotland":{"division":"scotland","events":null}}`)
	f.Add(`{"scotland":[[[[`)
	f.Fuzz(func(t *testing.T, content string) {
		list, err := Read(strings.NewReader(content))
		if err != nil {
			var refused NotBankHolidays
			if !errors.As(err, &refused) || refused.Why == "" || list != nil {
				t.Errorf("refused with %v, and %d holidays", err, len(list))
			}
			return
		}
		// What is well formed can be revised by, whether or not it is true.
		if _, err := calendar.Builtin().Revise(calendar.Revision{Version: "v", Added: list}); err != nil {
			t.Errorf("the calendar refuses what was read as good: %v", err)
		}
		today := calendar.On(2026, 11, 22)
		cmd := holidays.Import{Source: Source, Published: today, Holidays: list}
		if _, err := holidays.Decide(holidays.New(), cmd, today); err != nil && !errors.Is(err, calendar.ErrHolidays) {
			t.Errorf("it was told as %v", err)
		}
	})
}

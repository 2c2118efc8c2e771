package status_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
	"parley/projections/status"
)

var sameDates = cmp.Options{cmpopts.EquateComparable(calendar.Date{}), cmpopts.EquateEmpty()}

func collective(t *testing.T, ref string) negotiation.Casefile {
	t.Helper()
	file, err := status.Fold(sample.Collective(t, ref, 4))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestStepByStepIsAsInOneGo(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 4)
	for v := range h {
		var file negotiation.Casefile
		var err error
		for _, r := range h[:v+1].Effective() {
			before := slices.Clone(file.Commands)
			was := file
			if file, err = status.ApplyCase(file, r); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(was.Commands, before) {
				t.Fatal("the document that was given was changed")
			}
			if again, err := status.ApplyCase(file, r); err != nil || !cmp.Equal(again, file, sameDates) {
				t.Fatalf("version %d came twice: %v", r.Version, err)
			}
		}
		want, err := status.Fold(h[:v+1])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, file, sameDates); diff != "" {
			t.Fatalf("version %d (-in one go +step by step):\n%s", v+1, diff)
		}
	}
}

func TestAGapIsDamage(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 2)
	file, err := status.Fold(h[:3])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := status.ApplyCase(file, h[4]); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("version 5 after 3: %v", err)
	}
	if _, err := status.Fold(h[1:]); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("a history without its beginning: %v", err)
	}
}

func TestARegisterCountsOn(t *testing.T) {
	l := sample.Begin(t, events.Register("GLO-26"))
	for n := 1; n <= 3; n++ {
		l.Tell("2026-03-02", sample.Fact("2026-03-02", events.CaseNumbered{Ref: fmt.Sprintf("GLO-26-%04d", n), Number: n}))
	}
	var file negotiation.Registerfile
	var err error
	for _, r := range l.History {
		for range 2 {
			if file, err = status.ApplyRegister(file, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if file.Register.Last != 3 || file.Version != 3 || len(file.Commands) != 3 {
		t.Errorf("%+v", file)
	}
	sample.Golden(t, status.RegistersName, status.RegistersVersion, file)
}

func TestDocumentsKeepTheirForm(t *testing.T) {
	file, err := status.Fold(sample.Collective(t, "GLO-26-0001", 2))
	if err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, status.CasesName, status.CasesVersion, file)
}

func TestTheListMatchesAllThatIsAsked(t *testing.T) {
	today := sample.Day("2026-11-22")
	agreed := collective(t, "GLO-26-0003")
	codes, bodies := sample.Practices(3)
	l := sample.Begin(t, events.Case("GLO-26-0001"))
	l.Do("2026-03-02", negotiation.OpenCase{Ref: "GLO-26-0001", LMC: "GLO", ICB: "QR1", Service: "ecg", Title: "ECGs", Practices: codes}, bodies)
	l.Do("2026-04-02", negotiation.Leave{Practices: codes[:1]}, bodies)
	preparing, err := status.Fold(l.History)
	if err != nil {
		t.Fatal(err)
	}
	l.Do("2026-05-02", negotiation.Close{Outcome: events.Withdrawn}, bodies)
	closed, err := status.Fold(l.History)
	if err != nil {
		t.Fatal(err)
	}
	closed.Case.Ref = "GLO-26-0002"
	for _, test := range []struct {
		name   string
		filter status.Filter
		want   string
	}{
		{"open cases", status.Filter{}, "GLO-26-0001 GLO-26-0003"},
		{"closed ones too", status.Filter{Closed: true}, "GLO-26-0001 GLO-26-0002 GLO-26-0003"},
		{"of a stage", status.Filter{Stage: negotiation.StageAgreed}, "GLO-26-0003"},
		{"of the stage closed", status.Filter{Stage: negotiation.StageClosed}, "GLO-26-0002"},
		{"of a service", status.Filter{Service: "ecg"}, "GLO-26-0001"},
		{"of an ICB and a caseworker", status.Filter{ICB: "QR1", Caseworker: "j.doe"}, "GLO-26-0003"},
		{"of another ICB", status.Filter{ICB: "QOP"}, ""},
		{"of a party", status.Filter{Practice: codes[1]}, "GLO-26-0001 GLO-26-0003"},
		{"of a practice that left one", status.Filter{Practice: codes[0]}, "GLO-26-0003"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var refs []string
			for _, r := range status.List(slices.Values([]negotiation.Casefile{agreed, preparing, closed}), test.filter, today) {
				refs = append(refs, r.Ref)
			}
			if got := strings.Join(refs, " "); got != test.want {
				t.Errorf("%s, not %s", got, test.want)
			}
		})
	}
	row := status.List(slices.Values([]negotiation.Casefile{preparing}), status.Filter{}, today)[0]
	if row.Practices != 2 || row.Stage != negotiation.StagePreparing || row.Version != 2 || row.Opened != sample.Day("2026-03-02") {
		t.Errorf("%+v", row)
	}
}

func TestShowSaysItAllButTheMandate(t *testing.T) {
	file := collective(t, "GLO-26-0001")
	today := sample.Day("2026-11-22")
	d := status.Show(file, docket.Day{Today: today, Calendar: calendar.Builtin(), Bodies: directory.New()})
	var shown map[string]any
	plain, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(plain, &shown)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"practices", "contracts", "evidence", "costs", "offers", "disputes", "requests", "closures", "deadlines"} {
		if _, ok := shown[key].([]any); !ok {
			t.Errorf("%s is %v, not a list", key, shown[key])
		}
	}
	if text := string(plain); strings.Contains(text, "mandate") || strings.Contains(text, "480") {
		t.Error("the mandate shows")
	}
	if d.WithMandate(file).Mandate.FloorPence != 480 || d.Mandate != nil {
		t.Error("the mandate cannot be had")
	}
	if d.Stage != negotiation.StageAgreed || d.Agreement == nil || d.Agreement.Document != "variation-7.pdf" || d.Agreement.Funded != sample.Day("2026-10-05") {
		t.Errorf("the agreement is %+v", d.Agreement)
	}
	if n := d.Practices[0].Notice; n.State != negotiation.Cancelled || n.Served != sample.Day("2026-05-21") || n.Agreed != 4 {
		t.Errorf("the first practice's notice is %+v", n)
	}
	offer, err := json.Marshal(d.Offers[3])
	if want := `{"offer":4,"round":2,"by":"icb","state":"accepted","on":"2026-07-20","decided":"2026-07-27","price_pence":525,"unit":"blood test","from":"2026-10-01","until":"2028-03-31","review":"2027-10-01","reply_by":"2026-08-31"}`; err != nil || string(offer) != want {
		t.Errorf("the offer is\n%s, not\n%s", offer, want)
	}
	if len(d.Deadlines) != len(file.Case.Deadlines) || d.Deadlines[0].Case != "Bloods for hospitals" {
		t.Errorf("deadlines: %+v", d.Deadlines)
	}
}

func TestAnEmptyCaseHasNoNulls(t *testing.T) {
	plain, err := json.Marshal(status.Show(negotiation.Casefile{}, docket.Day{Today: sample.Day("2026-11-22")}))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(plain), "null"); got != 3 { // closed, agreement, award
		t.Errorf("%d nulls in %s", got, plain)
	}
}

func TestNearestFindsTheSlip(t *testing.T) {
	refs := []string{"GLO-26-0001", "GLO-26-0010", "GLO-26-0100", "GLO-25-0001", "AVO-26-0777", "GLO-26-0002"}
	for _, test := range []struct {
		ref  string
		n    int
		want string
	}{
		{"GLO-26-0001", 1, "GLO-26-0001"},
		{"glo-26-001", 2, "GLO-26-0001 GLO-26-0010"},
		{"GLO-26-1000", 2, "GLO-26-0100 GLO-26-0001"}, // neighbours changed about, then two slips
		{"GLO-62-0002", 1, "GLO-26-0002"},
		{"GLO-26-2", 1, "GLO-26-0002"}, // the zeros left out
		{"nonsense", 3, ""},
		{"", 3, ""},
		{"GLO-26-0001", 0, ""},
	} {
		if got := strings.Join(status.Nearest(slices.Values(refs), test.ref, test.n), " "); got != test.want {
			t.Errorf("nearest to %q: %s, not %s", test.ref, got, test.want)
		}
	}
}

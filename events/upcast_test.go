package events

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// fee is an event that only these tests know. It was first stored in pounds,
// then in pence, and is now stored with what one fee is for.
type fee struct {
	Pence int64  `json:"pence"`
	Per   string `json:"per"`
}

func (fee) storedAs() string { return "fee" }

func feeForm() form {
	return since[fee](
		func(fields map[string]json.RawMessage) {
			fields["pence"] = append(fields["pounds"], "00"...)
			delete(fields, "pounds")
		},
		func(fields map[string]json.RawMessage) { fields["per"] = json.RawMessage(`"unit"`) },
	)
}

func TestOlderFormsAreBroughtUpToDate(t *testing.T) {
	for form, stored := range []string{`{"pounds":4}`, `{"pence":400}`, `{"pence":400,"per":"unit"}`} {
		got, err := feeForm().read(form, []byte(stored))
		if err != nil || got != (fee{400, "unit"}) {
			t.Errorf("form %d reads as %+v, %v", form, got, err)
		}
	}
	if n := feeForm().current(); n != 2 {
		t.Errorf("it is written in form %d, want 2", n)
	}
}

func TestFormsThatDoNotFitAreErrors(t *testing.T) {
	for _, c := range []struct {
		form   int
		stored string
		want   error
		names  string
	}{
		{3, `{}`, ErrNewer, "fee in form 3"},
		{-1, `{}`, ErrDamaged, "fee in form -1"},
		{0, `null`, ErrDamaged, "fee"},
		{0, `[]`, ErrDamaged, "fee"},
		{0, `{"pounds":4`, ErrDamaged, "fee"},
		{0, `{"pounds":"4"}`, ErrDamaged, "fee"},
		{0, `{"pounds":4,"vat":1}`, ErrNewer, `fee with an unknown field "vat"`},
		{1, `{"pounds":4}`, ErrNewer, `fee with an unknown field "pounds"`},
		{2, `{"pence":400,"per":"unit"}]`, ErrDamaged, "fee"},
	} {
		_, err := feeForm().read(c.form, []byte(c.stored))
		if !errors.Is(err, c.want) || errors.Is(err, ErrDamaged) && errors.Is(err, ErrNewer) {
			t.Errorf("form %d, %s: got %v, want only %q", c.form, c.stored, err, c.want)
		} else if !strings.Contains(err.Error(), c.names) {
			t.Errorf("form %d, %s: %q does not name %s", c.form, c.stored, err, c.names)
		}
	}
}

func TestAmendChangesTheFieldsItIsGiven(t *testing.T) {
	offer := OfferTabled{Offer: 3, Round: 2, By: LMC, Terms: Terms{PricePence: 480, Unit: "test", From: day("2026-12-01")}}
	later := offer
	later.ReplyBy = day("2026-10-26")
	for patch, want := range map[string]Event{
		`{}`:                         offer,
		`{"by":"icb","offer":4}`:     OfferTabled{Offer: 4, Round: 2, By: ICB, Terms: offer.Terms},
		`{"reply_by":"2026-10-26"}`:  later, // a field that was not stored, being empty
		`{"terms":{"unit":"visit"}}`: OfferTabled{Offer: 3, Round: 2, By: LMC, Terms: Terms{PricePence: 480, Unit: "visit", From: offer.Terms.From}},
	} {
		got, err := Amend(offer, []byte(patch))
		if err != nil || got != want {
			t.Errorf("%s gives %+v, %v", patch, got, err)
		}
	}
	if offer.By != LMC || offer.Offer != 3 {
		t.Error("the event itself was changed")
	}
}

func TestAmendRefusesWhatTheEventCannotTake(t *testing.T) {
	served := NoticeServed{Practice: "A81001", Sent: day("2026-10-30")}
	for patch, names := range map[string]string{
		`{"pence":4}`:            `"pence"`,
		`{"Practice":"A81002"}`:  `"Practice"`, // it would be stored beside "practice", and lost
		`{"practice":81001}`:     "notice-served",
		`{"practice":null}`:      `"practice"`,
		`{"sent":"30/10/2026"}`:  "30/10/2026",
		`{"period":"3"}`:         `"3" has no known unit`,
		`{"stated":"yes"}`:       "notice-served",
		`[]`:                     "not a JSON object",
		`null`:                   "not a JSON object",
		``:                       "not a JSON object",
		`{"practice":"A81002"}}`: "not a JSON object",
	} {
		got, err := Amend(served, []byte(patch))
		if err == nil {
			t.Errorf("%s was taken: %+v", patch, got)
		} else if !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %q does not name %s", patch, err, names)
		}
	}
}

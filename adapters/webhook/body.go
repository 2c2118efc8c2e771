package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// SignatureHeader is the header with the signature of a body:
//
//	Parley-Signature: t=1793610600,v1=5257a8…
//
// t is when it was signed, in seconds since 1970. v1 is the HMAC-SHA256, in
// hexadecimal, of t, a full stop and the body, by the secret. See Verify.
const SignatureHeader = "Parley-Signature"

// ErrSignature is wrapped by what Verify refuses.
var ErrSignature = errors.New("this was not signed by Parley with our secret")

// posted is the form of Body.
type posted struct {
	Version   int                  `json:"version"` // 1
	ID        string               `json:"id"`
	Kind      alerting.MessageKind `json:"kind"`
	To        string               `json:"to"`
	At        time.Time            `json:"at"`
	Subject   string               `json:"subject"`
	Opening   string               `json:"opening"`
	Sections  []section            `json:"sections"`
	Closing   string               `json:"closing"`
	Rehearsal bool                 `json:"rehearsal"`
	Text      string               `json:"text"`
}

type section struct {
	Title string `json:"title"`
	Items []item `json:"items"`
}

type item struct {
	Alert       string        `json:"alert"`
	Ref         string        `json:"ref"`
	Deadline    string        `json:"deadline"`
	Title       string        `json:"title"`
	ICB         string        `json:"icb"`
	Practice    string        `json:"practice"`
	Owner       events.Party  `json:"owner"`
	Due         calendar.Date `json:"due"`
	Time        string        `json:"time"`
	WorkingDays int           `json:"working_days"`
	Provisional bool          `json:"provisional"`
	Note        string        `json:"note"`
}

// Body returns m as JSON, version 1:
//
//	{"version":1, "id":"…", "kind":"digest|warning|overdue|escalation|test", "to":"ann", "at":"2026-11-02T08:30:00Z",
//	 "subject":"…", "opening":"…", "sections":[{"title":"Due today", "items":[{"alert":"…", "ref":"GLO-26-0001",
//	 "deadline":"D7.1", "title":"…", "icb":"QR1", "practice":"A81001", "owner":"icb", "due":"2026-11-02", "time":"16:00",
//	 "working_days":0, "provisional":false, "note":"…"}]}], "closing":"…", "rehearsal":false, "text":"…"}
//
// Every field is there, empty if there is nothing to say. Fields may be added
// without another version. alerting.Message says what they mean; text is all of
// it as plain text. A subject of a rehearsal says that it is one.
func Body(m alerting.Message) ([]byte, error) {
	p := posted{
		1, m.ID, m.Kind, m.To, m.At.UTC(), m.Headline(), alerting.OneLine(m.Opening), make([]section, 0, len(m.Sections)),
		alerting.OneLine(m.Closing), m.Rehearsal, m.Text(0),
	}
	for _, s := range m.Sections {
		items := make([]item, 0, len(s.Items))
		for _, i := range s.Items {
			items = append(items, item{
				i.Alert, i.Ref, i.Deadline, alerting.OneLine(i.Title), i.ICB, i.Practice, i.Owner, i.Due, i.Time, i.WorkingDays, i.Provisional, alerting.OneLine(i.Note),
			})
		}
		p.Sections = append(p.Sections, section{alerting.OneLine(s.Title), items})
	}
	return json.Marshal(p)
}

// Sign returns the value of SignatureHeader for a body.
func Sign(secret string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(sum(secret, stamp, body))
}

func sum(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Verify is for those who receive: it reports, with an error that wraps
// ErrSignature, if a body was not signed with this secret, or more than within
// before or after now. Whoever has accepted an Idempotency-Key once ignores what
// comes with it again.
func Verify(secret, header string, body []byte, now time.Time, within time.Duration) error {
	var stamp string
	var signatures [][]byte
	for field := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(field), "="); name {
		case "t":
			stamp = value
		case "v1":
			signature, err := hex.DecodeString(value)
			if err != nil {
				return fmt.Errorf("%w: a signature is not hexadecimal", ErrSignature)
			}
			signatures = append(signatures, signature)
		}
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(signatures) == 0 {
		return fmt.Errorf("%w: %s has no time, or no signature", ErrSignature, SignatureHeader)
	}
	if away := now.Sub(time.Unix(seconds, 0)).Abs(); away > within {
		return fmt.Errorf("%w: it was signed %s away from now", ErrSignature, away.Round(time.Second))
	}
	want := sum(secret, stamp, body)
	for _, signature := range signatures {
		if hmac.Equal(signature, want) {
			return nil
		}
	}
	return fmt.Errorf("%w: the signature is another", ErrSignature)
}

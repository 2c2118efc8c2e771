package teams_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/teams"
	"parley/adapters/webhook"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

func message() alerting.Message {
	return alerting.Message{
		ID: "GLO-26-0001_D7-1_day_20261102", Kind: alerting.Warning, At: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC), Subject: "1 deadline due today",
		Opening: "Good morning.", Closing: "parley deadline list shows them all.",
		Sections: []alerting.Section{{Title: "Due today", Items: []alerting.Item{{
			Alert: "GLO-26-0001_D7-1_day_20261102", Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Reply to [them](https://evil.example) & <all>",
			ICB: "QR1", Practice: "A81001", Owner: events.ICB, Due: calendar.On(2026, 11, 2), Time: "16:00", Note: "An alert of it is uncertain.",
		}}}},
	}
}

func card(t *testing.T, m alerting.Message) []byte {
	t.Helper()
	made, err := teams.Card(m)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) > teams.Limit {
		t.Fatalf("it has %d bytes", len(made))
	}
	return made
}

// runs returns the texts of a card in order.
func runs(t *testing.T, made []byte) (texts []string) {
	t.Helper()
	var m struct {
		Attachments []struct {
			Content struct {
				Body []struct {
					Inlines []struct{ Text string }
				}
			}
		}
	}
	if err := json.Unmarshal(made, &m); err != nil || len(m.Attachments) != 1 {
		t.Fatalf("%s: %v", made, err)
	}
	for _, b := range m.Attachments[0].Content.Body {
		for _, r := range b.Inlines {
			texts = append(texts, r.Text)
		}
	}
	return texts
}

func TestACard(t *testing.T) {
	const want = `{"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "lang": "en-GB",
		"fallbackText": "[Rehearsal] 1 deadline due today", "msteams": {"width": "Full"}, "body": [
			{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "[Rehearsal] 1 deadline due today", "weight": "Bolder", "size": "Large"}]},
			{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "REHEARSAL: this comes from a store for training. No case in it is real.", "weight": "Bolder", "color": "Warning"}]},
			{"type": "RichTextBlock", "spacing": "Medium", "inlines": [{"type": "TextRun", "text": "Good morning."}]},
			{"type": "RichTextBlock", "spacing": "Large", "inlines": [{"type": "TextRun", "text": "Due today", "weight": "Bolder", "size": "Medium"}]},
			{"type": "RichTextBlock", "spacing": "Default", "separator": true, "inlines": [
				{"type": "TextRun", "text": "Reply to [them](https://evil.example) & <all>", "weight": "Bolder"},
				{"type": "TextRun", "text": ": due Mon 2 Nov 2026 at 16:00, today"}]},
			{"type": "RichTextBlock", "spacing": "None", "inlines": [{"type": "TextRun", "isSubtle": true,
				"text": "For the ICB QR1 to do. Case GLO-26-0001, deadline D7.1, ICB QR1, practice A81001. An alert of it is uncertain. If you are seeing to it: parley alert ack GLO-26-0001_D7-1_day_20261102"}]},
			{"type": "RichTextBlock", "spacing": "Medium", "inlines": [{"type": "TextRun", "text": "parley deadline list shows them all."}]}
		]}}]}`
	m := message()
	m.Rehearsal = true
	var got, wanted any
	if err := json.Unmarshal(card(t, m), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
	m = message()
	m.Kind = alerting.Overdue
	if made := string(card(t, m)); !strings.Contains(made, `"color":"Attention"`) || strings.Contains(made, "REHEARSAL") {
		t.Error(made)
	}
}

// A digest of too many deadlines keeps those with the least time left, as many
// as there is room for.
func TestACardThatWouldBeTooLarge(t *testing.T) {
	const coming, overdue = 200, 30
	m := message()
	m.Sections = []alerting.Section{{Title: "Soon"}, {Title: "Overdue"}}
	for n := range coming {
		m.Sections[0].Items = append(m.Sections[0].Items, alerting.Item{Ref: "GLO-26-0001", Title: fmt.Sprintf("soon %03d", n), Due: calendar.On(2026, 11, 9), WorkingDays: 5})
	}
	for n := range overdue {
		m.Sections[1].Items = append(m.Sections[1].Items, alerting.Item{Ref: "GLO-26-0001", Title: fmt.Sprintf("late %03d", n), Due: calendar.On(2026, 10, 30), WorkingDays: -1})
	}
	made := card(t, m)
	if room := teams.Limit - len(made); room > 1000 {
		t.Errorf("there is room for more: %d bytes", room)
	}
	texts := strings.Join(runs(t, made), "\n")
	late, soon := strings.Count(texts, "late "), strings.Count(texts, "soon ")
	if late != overdue || soon == 0 || soon == coming {
		t.Errorf("it has %d overdue and %d to come", late, soon)
	}
	if !strings.Contains(texts, fmt.Sprintf("soon %03d", soon-1)) || !strings.Contains(texts, fmt.Sprintf("\nand %d more, ", coming-soon)) {
		t.Errorf("it has others, or another number of more:\n%s", texts)
	}
	if strings.Index(texts, "Soon") > strings.Index(texts, "Overdue") || !strings.Contains(texts, m.Closing) {
		t.Error("the order of sections is another, or the closing is lost")
	}

	// A section that has nothing left in it is not named.
	for n := range m.Sections[1].Items {
		m.Sections[1].Items[n].Title = strings.Repeat("\U0001f4a3", 300)
	}
	texts = strings.Join(runs(t, card(t, m)), "\n")
	if strings.Contains(texts, "Soon") || !strings.Contains(texts, "Overdue") {
		t.Errorf("it reads\n%s", texts)
	}
}

func TestTheLongestTextsFit(t *testing.T) {
	for _, letter := range []string{"\U0001f4a3", `"`, "\\", "\u2028x", "é"} {
		text := strings.Repeat(letter, 2000)
		m := message()
		m.Subject, m.Opening, m.Closing, m.Rehearsal = text, text, text, true
		one := alerting.Item{
			Alert: text, Ref: text, Deadline: text, Title: text, ICB: text, Practice: text, Owner: events.Party(text),
			Due: calendar.On(2026, 11, 2), Time: text, Provisional: true, Note: text,
		}
		m.Sections = []alerting.Section{{Title: text, Items: []alerting.Item{one, one, one, one, one, one, one, one}}}
		if texts := runs(t, card(t, m)); len(texts) < 4 {
			t.Errorf("of %q there is left %q", letter, texts)
		}
	}
}

// The card goes out by the channel of package webhook.
func TestACardIsPosted(t *testing.T) {
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Ms-Workflow-Run-Id", "0858")
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	channel, err := webhook.New(webhook.Config{URL: server.URL + "/workflows/1?sig=x", Body: teams.Card, Every: teams.Every})
	if err != nil {
		t.Fatal(err)
	}
	if receipt, err := channel.Send(t.Context(), message()); err != nil || receipt != "accepted: 202 Accepted, request 0858" {
		t.Errorf("%q, %v", receipt, err)
	}
	if string(got) != string(card(t, message())) {
		t.Errorf("posted %s", got)
	}
}

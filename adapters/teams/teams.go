// Package teams writes alerts as Adaptive Cards, in the form that the workflow
// "When a Teams webhook request is received" of Microsoft Teams expects.
//
// A card is posted by the channel of package webhook: its Config takes Card as
// what is posted and Every as the pace. The workflow's address is a secret, as
// whoever has it can post. That the workflow accepts a card does not say that
// Teams shows it: the workflow's own history in Power Automate does.
package teams

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"parley/domain/alerting"
)

// What Teams allows.
const (
	Limit = 28_672                 // bytes of a card with its wrapping
	Every = 250 * time.Millisecond // between two cards
)

// The most of a text that goes into a card, in letters.
const (
	longestLine      = 300
	longestParagraph = 1000
)

// Card returns m as a message with one Adaptive Card, version 1.4, in UTF-8 JSON
// of at most Limit bytes. If there is too much for that, the deadlines with the
// least time left are kept, and the card says how many more there are.
//
// All text is in runs of plain text, in which Markdown has no effect.
func Card(m alerting.Message) ([]byte, error) {
	order := mostUrgent(m)
	kept := sort.Search(len(order), func(n int) bool { return len(write(m, order[:n+1])) > Limit })
	return write(m, order[:kept]), nil
}

// place is where a deadline stands in a message.
type place struct{ section, item int }

// mostUrgent returns the places of all deadlines, that with the least time first.
func mostUrgent(m alerting.Message) (order []place) {
	for s := range m.Sections {
		for i := range m.Sections[s].Items {
			order = append(order, place{s, i})
		}
	}
	at := func(p place) alerting.Item { return m.Sections[p.section].Items[p.item] }
	slices.SortStableFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(at(a).WorkingDays, at(b).WorkingDays), at(a).Due.Compare(at(b).Due))
	})
	return order
}

// The parts of a card that are used.
type (
	message struct {
		Type        string       `json:"type"`
		Attachments []attachment `json:"attachments"`
	}
	attachment struct {
		ContentType string `json:"contentType"`
		Content     card   `json:"content"`
	}
	card struct {
		Schema   string            `json:"$schema"`
		Type     string            `json:"type"`
		Version  string            `json:"version"`
		Language string            `json:"lang"`
		Fallback string            `json:"fallbackText"`
		Teams    map[string]string `json:"msteams"`
		Body     []block           `json:"body"`
	}
	block struct {
		Type      string `json:"type"`
		Spacing   string `json:"spacing,omitempty"`
		Separator bool   `json:"separator,omitempty"`
		Runs      []run  `json:"inlines"`
	}
	run struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		Weight string `json:"weight,omitempty"`
		Size   string `json:"size,omitempty"`
		Color  string `json:"color,omitempty"`
		Subtle bool   `json:"isSubtle,omitempty"`
	}
)

// write returns the card with these deadlines of m alone. Without any it has
// well under Limit, as texts are cut.
func write(m alerting.Message, kept []place) []byte {
	keep := make(map[place]bool, len(kept))
	for _, p := range kept {
		keep[p] = true
	}
	headline := run{Text: short(m.Headline(), longestLine), Weight: "Bolder", Size: "Large"}
	if m.Kind == alerting.Overdue || m.Kind == alerting.Escalation {
		headline.Color = "Attention"
	}
	body := []block{paragraph("", headline)}
	if m.Rehearsal {
		body = append(body, paragraph("", run{Text: alerting.RehearsalNote, Weight: "Bolder", Color: "Warning"}))
	}
	body = appendText(body, m.Opening)
	left := 0
	for s, section := range m.Sections {
		title := paragraph("Large", run{Text: short(section.Title, longestLine), Weight: "Bolder", Size: "Medium"})
		for i, item := range section.Items {
			if !keep[place{s, i}] {
				left++
				continue
			}
			if title.Runs != nil {
				body, title = append(body, title), block{}
			}
			body = append(body, deadline(m, item)...)
		}
	}
	if left > 0 {
		body = append(body, paragraph("Large", run{Text: fmt.Sprintf("and %d more, of which parley deadline list tells", left), Weight: "Bolder"}))
	}
	body = appendText(body, m.Closing)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Strings, numbers and a buffer: it cannot fail.
	_ = e.Encode(message{"message", []attachment{{"application/vnd.microsoft.card.adaptive", card{
		"http://adaptivecards.io/schemas/adaptive-card.json", "AdaptiveCard", "1.4", "en-GB", headline.Text, map[string]string{"width": "Full"}, body,
	}}}})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// deadline is how one deadline looks: what and when, and below it the rest.
func deadline(m alerting.Message, i alerting.Item) []block {
	first := paragraph("Default", run{Text: short(i.Title, longestLine), Weight: "Bolder"}, run{Text: ": due " + short(i.When(), longestLine) + ", " + m.Left(i)})
	first.Separator = true
	var rest []string
	if whose := i.Whose(); whose != "" {
		rest = append(rest, "For "+short(whose, longestLine)+" to do.")
	}
	if where := i.Where(); where != "" {
		rest = append(rest, strings.ToUpper(where[:1])+short(where[1:], longestLine)+".")
	}
	for _, remark := range i.Remarks() {
		rest = append(rest, short(remark, longestLine))
	}
	if i.Alert != "" {
		rest = append(rest, alerting.AckBy+short(i.Alert, longestLine))
	}
	if len(rest) == 0 {
		return []block{first}
	}
	return []block{first, paragraph("None", run{Text: strings.Join(rest, " "), Subtle: true})}
}

func appendText(body []block, text string) []block {
	if text = short(text, longestParagraph); text == "" {
		return body
	}
	return append(body, paragraph("Medium", run{Text: text}))
}

// paragraph is a block of runs of plain text.
func paragraph(spacing string, runs ...run) block {
	for i := range runs {
		runs[i].Type = "TextRun"
	}
	return block{Type: "RichTextBlock", Spacing: spacing, Runs: runs}
}

// short returns text as one harmless line of at most so many letters.
func short(text string, longest int) string {
	letters := []rune(alerting.OneLine(text))
	if len(letters) > longest {
		return string(letters[:longest-1]) + "…"
	}
	return string(letters)
}

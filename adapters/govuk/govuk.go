// Package govuk reads the list of bank holidays that GOV.UK publishes: the file
// bank-holidays.json, an object with one list of events for each division.
//
// Read returns the whole list or nothing. It is strict about the shape: a file
// with another division, another field, a day that does not exist or a division
// without events is refused (NotBankHolidays), with what is wrong and where.
// Whether the list can be right beside what is known is the calendar's to say.
//
// What the file says and what Parley makes of it:
//
//   - A note with the word substitute marks a day that stands in for a holiday
//     at a weekend. Other notes, and whether there is bunting, are not taken.
//   - A straight apostrophe in a title becomes the curved one that GOV.UK uses,
//     so that a change of typography is no change of the calendar.
//   - The file does not say when it was published: whoever takes it in does.
package govuk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/domain/calendar"
)

// Source is what lists of this kind are known by.
const Source = "GOV.UK"

// Limits far above what is published: some 65 kB, and titles of up to 60 letters.
const (
	largest      = 1 << 20 // bytes
	longestTitle = 200     // bytes
)

// NotBankHolidays is the error of a file that is not such a list.
type NotBankHolidays struct {
	Where string // such as scotland, event 3; empty for the file as a whole
	Why   string
}

func (e NotBankHolidays) Error() string {
	text := "this is not GOV.UK's list of bank holidays: "
	if e.Where != "" {
		text += e.Where + ": "
	}
	return text + e.Why
}

// Read reads the list, at most 1 MiB. Its holidays are in the file's order. Its
// errors are NotBankHolidays and those of r.
func Read(r io.Reader) ([]calendar.Holiday, error) {
	content, err := io.ReadAll(io.LimitReader(r, largest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the list of bank holidays: %w", err)
	case len(content) > largest:
		return nil, NotBankHolidays{Why: fmt.Sprintf("it has more than %d bytes", largest)}
	case !utf8.Valid(content):
		return nil, NotBankHolidays{Why: "it contains bytes that are not UTF-8 text"}
	}
	lists, err := divisions(bytes.TrimPrefix(content, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	var all []calendar.Holiday
	for _, l := range lists {
		holidays, err := l.read()
		if err != nil {
			return nil, err
		}
		all = append(all, holidays...)
	}
	return all, nil
}

// list is what the file has under the name of one division.
type list struct {
	division calendar.Division
	content  json.RawMessage
}

// divisions takes the file apart: each division once, and no other.
func divisions(content []byte) ([]list, error) {
	in := json.NewDecoder(bytes.NewReader(content))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, NotBankHolidays{Why: "it is not a JSON object with a list for each division"}
	}
	var lists []list
	seen := map[string]bool{}
	for in.More() {
		key, err := in.Token()
		name, _ := key.(string)
		var l list
		if err == nil {
			err = in.Decode(&l.content)
		}
		switch {
		case err != nil:
			return nil, NotBankHolidays{name, reason(err)}
		case seen[name]:
			return nil, NotBankHolidays{name, "it stands there twice"}
		case !known(name):
			return nil, NotBankHolidays{Why: fmt.Sprintf("%q is no division: there are %s", name, names())}
		}
		seen[name], l.division = true, calendar.Division(name)
		lists = append(lists, l)
	}
	if _, err := in.Token(); err != nil {
		return nil, NotBankHolidays{Why: reason(err)}
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, NotBankHolidays{Why: "something follows after its end"}
	}
	for _, div := range calendar.Divisions() {
		if !seen[string(div)] {
			return nil, NotBankHolidays{Why: fmt.Sprintf("it has no list for %s", div)}
		}
	}
	return lists, nil
}

func known(name string) bool {
	for _, div := range calendar.Divisions() {
		if string(div) == name {
			return true
		}
	}
	return false
}

func names() string {
	var all []string
	for _, div := range calendar.Divisions() {
		all = append(all, string(div))
	}
	return strings.Join(all, ", ")
}

// read returns the holidays of one division.
func (l list) read() ([]calendar.Holiday, error) {
	var found struct {
		Division *string           `json:"division"`
		Events   []json.RawMessage `json:"events"`
	}
	refuse := func(why string) error { return NotBankHolidays{string(l.division), why} }
	switch err := strict(l.content, &found); {
	case err != nil:
		return nil, refuse(reason(err))
	case found.Division == nil:
		return nil, refuse("it does not say which division it is")
	case *found.Division != string(l.division):
		return nil, refuse(fmt.Sprintf("it calls itself %q", *found.Division))
	case len(found.Events) == 0:
		return nil, refuse("it has no events")
	}
	holidays := make([]calendar.Holiday, len(found.Events))
	seen := map[calendar.Date]int{}
	for i, event := range found.Events {
		h, why := holiday(event)
		if before, twice := seen[h.Date]; why == "" && twice {
			why = fmt.Sprintf("%s is the day of event %d too", h.Date, before)
		}
		if why != "" {
			return nil, NotBankHolidays{fmt.Sprintf("%s, event %d", l.division, i+1), why}
		}
		h.Division = l.division
		holidays[i], seen[h.Date] = h, i+1
	}
	return holidays, nil
}

// holiday reads one event, or says what is wrong with it.
func holiday(event json.RawMessage) (h calendar.Holiday, why string) {
	var e struct {
		Title   *string `json:"title"`
		Date    *string `json:"date"`
		Notes   string  `json:"notes"`
		Bunting bool    `json:"bunting"`
	}
	if err := strict(event, &e); err != nil {
		return h, reason(err)
	}
	switch {
	case e.Title == nil || strings.TrimSpace(*e.Title) == "":
		return h, "it has no title"
	case len(*e.Title) > longestTitle:
		return h, fmt.Sprintf("its title is longer than %d bytes", longestTitle)
	case strings.ContainsFunc(*e.Title, func(r rune) bool { return !unicode.IsPrint(r) }):
		return h, fmt.Sprintf("its title %q has characters that cannot be printed", *e.Title)
	case e.Date == nil:
		return h, "it has no date"
	}
	date, err := calendar.Parse(*e.Date)
	if err != nil {
		return h, err.Error()
	}
	return calendar.Holiday{
		Date:       date,
		Title:      strings.ReplaceAll(strings.TrimSpace(*e.Title), "'", "’"),
		Substitute: strings.Contains(strings.ToLower(e.Notes), "substitute"),
	}, ""
}

// strict reads an object into a struct, and refuses fields that it lacks.
func strict(content []byte, into any) error {
	if len(content) == 0 || content[0] != '{' {
		return errors.New("it is not a JSON object")
	}
	in := json.NewDecoder(bytes.NewReader(content))
	in.DisallowUnknownFields()
	return in.Decode(into)
}

// reason returns what is wrong with a piece of JSON, in words of ours where
// there are some.
func reason(err error) string {
	var shape *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &shape):
		return fmt.Sprintf("%s cannot be a %s", shape.Field, shape.Value)
	case errors.As(err, &syntax):
		return "it is not JSON: " + syntax.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it breaks off"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

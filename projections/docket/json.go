package docket

import (
	"slices"
	"strconv"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Rows is a list of deadlines that writes itself as JSON.
type Rows []*Row

// AppendJSON appends what encoding/json makes of the list, to the byte. Writing it
// is most of what a server does when it is asked what is due, and goes without
// reflection here. A test fails if a field of Row is forgotten.
func (rows Rows) AppendJSON(b []byte) []byte {
	const most = 512 // bytes that a row commonly has at most
	return list(slices.Grow(b, most*len(rows)), "", rows, appendRow)
}

func appendRow(b []byte, r *Row) []byte {
	if r == nil {
		return append(b, "null"...)
	}
	b = text(b, `{"ref":`, r.Ref)
	b = text(b, `,"id":`, r.ID)
	b = text(b, `,"rule":`, r.Rule)
	b = text(b, `,"title":`, r.Title)
	b = text(b, `,"case":`, r.Case)
	b = text(b, `,"icb":`, r.ICB)
	b = list(b, `,"responsible":`, r.Responsible, events.AppendText)
	b = text(b, `,"owner":`, r.Owner)
	b = unlessZero(b, `,"practice":`, r.Practice, text)
	b = unlessZero(b, `,"offer":`, r.Offer, number)
	b = unlessZero(b, `,"request":`, r.Request, number)
	b = unlessZero(b, `,"dispute":`, r.Dispute, number)
	b = date(b, `,"trigger":`, r.Trigger)
	b = date(b, `,"due":`, r.Due)
	b = unlessZero(b, `,"time":`, r.Time, text)
	b = text(b, `,"status":`, r.Status)
	b = text(b, `,"standing":`, r.Standing)
	b = flag(b, `,"overdue":`, r.Overdue)
	b = unlessZero(b, `,"late":`, r.Late, flag)
	b = number(b, `,"days_left":`, r.DaysLeft)
	b = number(b, `,"working_days_left":`, r.WorkingDaysLeft)
	b = flag(b, `,"provisional":`, r.Provisional)
	b = text(b, `,"not_a_working_day":`, r.NotAWorkingDay)
	b = unlessZero(b, `,"legal_due":`, r.LegalDue, date)
	b = unlessZero(b, `,"moved":`, r.Moved, date)
	b = unlessZero(b, `,"ended_on":`, r.EndedOn, date)
	b = list(b, `,"breaches":`, r.Breaches, appendBreach)
	b = unlessZero(b, `,"document":`, r.Document, text)
	return append(b, '}')
}

func appendBreach(b []byte, past deadline.Breach) []byte {
	b = date(b, `{"due":`, past.Due)
	b = unlessZero(b, `,"time":`, past.Time, text)
	b = unlessZero(b, `,"over":`, past.Over, text)
	b = unlessZero(b, `,"on":`, past.On, date)
	return append(b, '}')
}

// Each of these appends a field: its name as it stands before the value, and the value.

func text[T ~string](b []byte, name string, value T) []byte {
	return events.AppendText(append(b, name...), string(value))
}

func number(b []byte, name string, value int) []byte {
	return strconv.AppendInt(append(b, name...), int64(value), 10)
}

func flag(b []byte, name string, value bool) []byte {
	return strconv.AppendBool(append(b, name...), value)
}

func date(b []byte, name string, value calendar.Date) []byte {
	b = append(append(b, name...), '"')
	b, _ = value.AppendText(b) // it never refuses
	return append(b, '"')
}

func list[T any](b []byte, name string, values []T, each func([]byte, T) []byte) []byte {
	b = append(b, name...)
	if values == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = each(b, value)
	}
	return append(b, ']')
}

func unlessZero[T comparable](b []byte, name string, value T, field func([]byte, string, T) []byte) []byte {
	var zero T
	if value == zero {
		return b
	}
	return field(b, name, value)
}

// Package calendar knows civil dates, days without a time or a zone, and which
// of them are working days.
//
// A Date is a day, a Period a length of time. A Calendar is the bank holidays
// of England and Wales, Scotland and Northern Ireland as one version knows
// them: Builtin comes with Parley, and a Revision makes another of it. A Working
// is one of the definitions of working days that the law has, each of which
// skips the holidays of other divisions. Past a calendar's Horizon, the last day
// for which holidays are published, working days are provisional.
//
// It imports nothing of Parley's own, so that events may carry its values.
// Times of day and clocks do not belong here, nor what a deadline is.
package calendar

import (
	"fmt"
	"time"
)

// layout is the one written form of a date, ISO 8601.
const layout = "2006-01-02"

// Date is a civil date. Its zero value is no date at all, not a day.
// Dates compare with ==, and order with Before, After and Compare.
type Date struct {
	days int32 // days since 31 December of the year 0; 0 is no date
}

// unixEpoch is 1 January 1970 counted as Date counts.
const unixEpoch = 719163

// On returns the date with this year, month and day of the month. Days beyond
// the month's end run on into the next, as in time.Date: use Parse for input.
func On(year int, month time.Month, day int) Date {
	return of(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// At returns the date that the clocks in zone show at moment t.
func At(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return On(y, m, d)
}

// of returns the date of a time that is midnight UTC.
func of(t time.Time) Date {
	seconds := t.Unix()
	days := seconds / 86400
	return Date{int32(days) + unixEpoch}
}

// Parse reads a date written 2026-11-22. It refuses days that do not exist
// and years outside 1900 to 2200.
func Parse(s string) (Date, error) {
	d, exists := read(s)
	switch {
	case !looksLikeDate(s):
		return Date{}, fmt.Errorf("%q is not a date: write year-month-day, such as 2026-11-22", s)
	case !exists:
		return Date{}, fmt.Errorf("%q is not a day in the calendar", s)
	case !d.inReach():
		return Date{}, fmt.Errorf("%q lies outside the years 1900 to 2200", s)
	}
	return d, nil
}

// read returns the date that is written there, and false if that is no day.
func read[T string | []byte](text T) (Date, bool) {
	if !looksLikeDate(text) {
		return Date{}, false
	}
	month, day := time.Month(number(text[5:7])), number(text[8:])
	d := On(number(text[:4]), month, day)
	_, m, n := d.Split()
	return d, m == month && n == day // or it ran on into another month
}

func looksLikeDate[T string | []byte](text T) bool {
	if len(text) != len(layout) {
		return false
	}
	for i := range len(text) {
		if dash := i == 4 || i == 7; dash != (text[i] == '-') || !dash && (text[i] < '0' || text[i] > '9') {
			return false
		}
	}
	return true
}

// number returns the number that is written in these digits.
func number[T string | []byte](digits T) (n int) {
	for i := range len(digits) {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}

// inReach reports whether d lies in the years 1900 to 2200.
func (d Date) inReach() bool {
	year, _, _ := d.Split()
	return 1900 <= year && year <= 2200
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.days == 0 }

// Time returns midnight UTC at the start of d.
func (d Date) Time() time.Time { return time.Unix((int64(d.days)-unixEpoch)*86400, 0).UTC() }

// In returns the first moment of d in zone.
func (d Date) In(zone *time.Location) time.Time {
	y, m, day := d.Split()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// Split returns d's year, month and day of the month.
func (d Date) Split() (int, time.Month, int) { return d.Time().Date() }

// Weekday returns d's day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(d.days % 7) }

// weekend reports whether d is a Saturday or a Sunday.
func (d Date) weekend() bool {
	day := d.Weekday()
	return day == time.Saturday || day == time.Sunday
}

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.days < o.days }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.days > o.days }

// Equal reports whether d and o are the same day.
func (d Date) Equal(o Date) bool { return d == o }

// Compare returns -1, 0 or +1 as d is earlier than, the same as or later than o.
func (d Date) Compare(o Date) int {
	switch {
	case d.days < o.days:
		return -1
	case d.days > o.days:
		return 1
	}
	return 0
}

// AddDays returns the date n days later; earlier if n is negative.
func (d Date) AddDays(n int) Date { return Date{d.days + int32(n)} }

// DaysUntil returns how many days lie between d and o: negative if o is earlier.
func (d Date) DaysUntil(o Date) int { return int(o.days - d.days) }

// AddMonths returns the corresponding date n months later: the same day of the
// month, or that month's last day where it has no such day (Dodds v Walker
// [1981] 1 WLR 1027). 30 September + 4 is 30 January; 30 November + 3 is the
// last of February. A month's end is never inferred: 28 February + 6 is 28 August.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Split()
	first := On(y, m+time.Month(n), 1)
	if last := first.MonthEnd(); first.AddDays(day - 1).After(last) {
		return last
	}
	return first.AddDays(day - 1)
}

// MonthEnd returns the last day of d's month.
func (d Date) MonthEnd() Date {
	y, m, _ := d.Split()
	return On(y, m+1, 1).AddDays(-1)
}

// Long returns d as people read it, with the weekday: Sun 22 Nov 2026.
func (d Date) Long() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format("Mon 2 Jan 2006")
}

// String returns d as 2026-11-22, or nothing for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.appendTo(make([]byte, 0, len(layout))))
}

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.appendTo(make([]byte, 0, len(layout))), nil
}

// appendTo appends d as String writes it: a list has thousands.
func (d Date) appendTo(b []byte) []byte {
	year, month, day := d.Split()
	if year < 0 || year > 9999 {
		return d.Time().AppendFormat(b, layout)
	}
	two := func(n int) { b = append(b, byte('0'+n/10), byte('0'+n%10)) }
	two(year / 100)
	two(year % 100)
	b = append(b, '-')
	two(int(month))
	b = append(b, '-')
	two(day)
	return b
}

// UnmarshalText reads what MarshalText wrote; empty text is no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	if written, exists := read(text); exists && written.inReach() { // documents are full of them
		*d = written
		return nil
	}
	_, err := Parse(string(text))
	return err
}

// AppendText appends what MarshalText writes.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d.IsZero() {
		return b, nil
	}
	return d.appendTo(b), nil
}

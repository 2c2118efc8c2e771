package deadline

import (
	"fmt"
	"strings"
	"time"

	"parley/domain/calendar"
)

// Moment is a day and, where it is known, the time that the clocks in London
// showed: 15:04. Without a time it is the day as a whole. When the clocks go back
// an hour is shown twice: 01:30 is the first time, and 01:30 GMT the second.
type Moment struct {
	Date calendar.Date `json:"date"`
	Time string        `json:"time,omitempty"`
}

// again marks a time in the hour that is shown twice as that of the second time.
const again = " GMT"

// ParseMoment reads 2026-12-26, 2026-12-26T15:20 or 2026-12-26 15:20, the time
// as clocks in London show it; a time with an offset, 2026-12-26T15:20:00Z, is
// read as the same moment there. It refuses days and times that do not exist.
func ParseMoment(s string) (Moment, error) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		m := inLondon(at)
		if _, err := calendar.Parse(m.Date.String()); err != nil {
			return Moment{}, err
		}
		if first, err := m.moment(); err == nil && !first.Equal(at.Truncate(time.Minute)) {
			m.Time += again
		}
		return m, nil
	}
	day, clock, timed := strings.Cut(s, "T")
	if !timed {
		day, clock, timed = strings.Cut(s, " ")
	}
	date, err := calendar.Parse(day)
	if err != nil {
		return Moment{}, err
	}
	m := Moment{Date: date}
	if timed {
		if m.Time, err = parseTime(clock); err != nil {
			return Moment{}, err
		}
		if _, err := m.moment(); err != nil {
			return Moment{}, err
		}
	}
	return m, nil
}

// parseTime reads 15:04, or 15:04:05 with the seconds left out of account, and
// either with GMT for the second of two hours.
func parseTime(s string) (string, error) {
	s, second := strings.CutSuffix(s, again)
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			if second {
				return at.Format("15:04") + again, nil
			}
			return at.Format("15:04"), nil
		}
	}
	return "", fmt.Errorf("%q is not a time of day: write 15:04", s)
}

// String writes m as ParseMoment reads it.
func (m Moment) String() string {
	if m.Time == "" {
		return m.Date.String()
	}
	return m.Date.String() + "T" + m.Time
}

// London returns the moment when the clocks in London show this time on this
// day: 09:00 on 26 October 2026 is 09:00 UTC, three days before it was 08:00.
// Of the two moments that show one time when the clocks go back it is the
// earlier, unless the time says GMT; a time that is passed over when they go forward is refused, and so is
// a day before 1996, when other rules held (Summer Time Order 2002).
func London(d calendar.Date, clock string) (time.Time, error) {
	return Moment{d, clock}.moment()
}

func (m Moment) moment() (time.Time, error) {
	clock, second := strings.CutSuffix(m.Time, again)
	of, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time of day: write 15:04", m.Time)
	}
	if year, _, _ := m.Date.Split(); year < 1996 {
		return time.Time{}, fmt.Errorf("hours are not counted before 1996, and %s lies before", m.Date.Long())
	}
	shown := m.Date.Time().Add(time.Duration(of.Hour())*time.Hour + time.Duration(of.Minute())*time.Minute)
	if second {
		if !twice(shown) {
			return time.Time{}, fmt.Errorf("%s on %s is shown once: leave GMT out", clock, m.Date.Long())
		}
		return shown, nil
	}
	for _, at := range []time.Time{shown.Add(-time.Hour), shown} {
		if inLondon(at) == m {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("there is no %s on %s: the clocks go forward then", m.Time, m.Date.Long())
}

// twice reports whether the time that is shown at a moment of GMT was shown an
// hour before too, the clocks having gone back in between.
func twice(at time.Time) bool { return summer(at.Add(-time.Hour)) && !summer(at) }

// InLondon returns the day and the time that the clocks in London show at a
// moment, to the minute; of the hour that is shown twice both times read alike.
func InLondon(at time.Time) Moment { return inLondon(at) }

// inLondon returns what the clocks in London show, to the minute.
func inLondon(at time.Time) Moment {
	at = at.UTC()
	if summer(at) {
		at = at.Add(time.Hour)
	}
	return Moment{calendar.At(at, time.UTC), at.Format("15:04")}
}

// summer reports whether British Summer Time is kept: from 01:00 UTC on the
// last Sunday of March to 01:00 UTC on the last Sunday of October (Summer Time
// Act 1972, as amended by the Summer Time Order 2002).
func summer(at time.Time) bool {
	change := func(month time.Month) time.Time {
		last := calendar.On(at.Year(), month, 31)
		return last.AddDays(-int(last.Weekday())).Time().Add(time.Hour)
	}
	return !at.Before(change(time.March)) && at.Before(change(time.October))
}

// midnight returns the first moment of d in London.
func midnight(d calendar.Date) time.Time {
	at := d.Time()
	if summer(at) {
		return at.Add(-time.Hour)
	}
	return at
}

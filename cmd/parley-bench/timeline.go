package main

import (
	"context"
	"fmt"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// kase is one case of a store: when it began, whose it is, and its number in
// its series.
type kase struct {
	begun  calendar.Date
	lmc    int
	number int
	how    ending
}

// timeline is all cases of a store, by the day on which they began.
type timeline struct {
	*world
	cases []kase
	from  map[calendar.Date]int // the first of those that began on a day
	first calendar.Date
	last  calendar.Date   // on which the last commits are made
	after [3][commits]int // how many days after a case's beginning each commit comes, by its ending
}

// recent is for how many days a case stays open.
const recent = 345

// history lays out the cases of a store that ends on a day: a year's, or as many
// years' as there have been ICBs, one after another, evenly.
func (s size) history(w *world, today calendar.Date) *timeline {
	t := &timeline{world: w, from: map[calendar.Date]int{}, last: today.AddDays(-1)}
	newest := t.last.AddDays(-longest)
	t.first = calendar.On(2022, time.July, 4)
	if s.n <= yearly {
		t.first = newest.AddDays(-365)
	}
	for how := range t.after {
		for n, s := range course(t.first, ending(how), standIn.practices[:]) {
			t.after[how][n] = s.after
		}
	}
	numbers := map[string]int{}
	for i := range s.n {
		c := kase{begun: working(t.first.AddDays(i * t.first.DaysUntil(newest) / s.n)), lmc: i % len(w.lmcs)}
		switch {
		case c.begun.DaysUntil(today) <= recent:
			c.how = open
		case i%5 < 3:
			c.how = resourced
		default:
			c.how = ceased
		}
		series := t.series(c)
		numbers[series]++
		c.number = numbers[series]
		if _, seen := t.from[c.begun]; !seen {
			t.from[c.begun] = i
		}
		t.cases = append(t.cases, c)
	}
	return t
}

// series returns the series in which a case is numbered.
func (t *timeline) series(c kase) string {
	year, _, _ := c.begun.Split()
	return fmt.Sprintf("%s-%02d", t.lmcs[c.lmc].code, year%100)
}

// ref returns the reference of a case.
func (t *timeline) ref(c kase) string { return fmt.Sprintf("%s-%04d", t.series(c), c.number) }

// practicesOf returns the codes of the practices of an LMC from those of the
// i'th case on: the first four are that case's own.
func (t *timeline) practicesOf(i int) []string {
	of := t.lmcs[t.cases[i].lmc].practices
	first := i / len(t.lmcs) * joined % len(of)
	return append(of[first:len(of):len(of)], of[:first]...)
}

// facts returns the facts of a template as those of the i'th case.
func (t *timeline) facts(i int, template []events.Fact) []events.Fact {
	codes := t.practicesOf(i)
	code := func(standing string) string {
		for k, s := range standIn.practices {
			if s == standing {
				return codes[k]
			}
		}
		return standing
	}
	facts := make([]events.Fact, len(template))
	for k, f := range template {
		f.Event = t.ofPractice(t.ofCase(f.Event, i), code)
		facts[k] = f
	}
	return facts
}

// ofCase returns an event as that of the i'th case.
func (t *timeline) ofCase(e events.Event, i int) events.Event {
	c := t.cases[i]
	of := t.lmcs[c.lmc]
	switch e := e.(type) {
	case events.CaseOpened:
		service := t.titles[i%len(t.titles)]
		e.Ref, e.LMC, e.ICB, e.ICBName = t.ref(c), of.code, of.icb, of.name
		e.Service, e.Title = service.Slug, title(service, e.Ref)
		return e
	case events.FOISent:
		e.To, e.ToName = of.icb, of.name
		return e
	case events.OfferTabled:
		e.Terms.PricePence += int64(i % 37)
		return e
	}
	return e
}

// ofPractice returns an event as that of the practice of which code tells.
func (t *timeline) ofPractice(e events.Event, code func(string) string) events.Event {
	switch e := e.(type) {
	case events.PracticeJoined:
		e.Practice = code(e.Practice)
		e.Name = t.names[e.Practice]
		return e
	case events.GuidanceGiven:
		e.Practice = code(e.Practice)
		return e
	case events.NoticeServed:
		e.Practice = code(e.Practice)
		return e
	case events.NoticeAcknowledged:
		e.Practice = code(e.Practice)
		return e
	case events.NoticeWithdrawn:
		e.Practice = code(e.Practice)
		return e
	case events.NoticeTookEffect:
		e.Practice = code(e.Practice)
		return e
	case events.DeadlineSet:
		e.Practice = code(e.Practice)
		return e
	}
	return e
}

// plan is what cases have in common that began on one day.
type plan struct {
	begun calendar.Date
	how   ending
}

// tell calls f with every commit of the cases, in the order in which they were
// recorded: those of a day together, of whatever cases. i is the case, and n the
// commit's place in it, from 0.
func (t *timeline) tell(ctx context.Context, f func(day calendar.Date, i, n int, facts []events.Fact) error) error {
	templates := map[plan][]step{}
	for day := t.first; !day.After(t.last.AddDays(2)); day = day.AddDays(1) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for n := range commits {
			for _, begun := range t.begunBefore(day, n) {
				for i := t.from[begun]; i < len(t.cases) && t.cases[i].begun == begun; i++ {
					p := plan{begun, t.cases[i].how}
					if templates[p] == nil {
						var err error
						if templates[p], err = template(begun, p.how); err != nil {
							return err
						}
					}
					s := templates[p][n]
					if s.on != day {
						continue
					}
					if err := f(day, i, n, s.facts); err != nil {
						return err
					}
				}
			}
		}
		for p := range templates {
			if p.begun.DaysUntil(day) > longest+2 {
				delete(templates, p)
			}
		}
	}
	return nil
}

// begunBefore returns the days on which cases may have begun whose n'th commit
// is made on a day: which depends on how they end, and on weekends.
func (t *timeline) begunBefore(day calendar.Date, n int) []calendar.Date {
	var days []calendar.Date
	seen := map[calendar.Date]bool{}
	for back := range 3 {
		for how := range t.after {
			begun := day.AddDays(-back - t.after[how][n])
			if _, any := t.from[begun]; any && !seen[begun] {
				seen[begun] = true
				days = append(days, begun)
			}
		}
	}
	return days
}

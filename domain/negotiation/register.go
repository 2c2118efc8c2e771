package negotiation

import (
	"fmt"

	"parley/domain/calendar"
	"parley/events"
)

// Register is a series of case numbers, such as GLO-26, and the last that was
// given out. A number given out is never given again, even if its case was
// never opened.
type Register struct {
	Last int `json:"last"`
}

// FoldRegister returns the register that history led to.
func FoldRegister(h events.History) Register {
	var r Register
	for _, c := range h {
		r = EvolveRegister(r, c)
	}
	return r
}

// EvolveRegister returns the register after one more commit.
func EvolveRegister(r Register, c events.Recorded) Register {
	for _, f := range c.Facts {
		if e, ok := f.Event.(events.CaseNumbered); ok {
			r.Last = max(r.Last, e.Number)
		}
	}
	return r
}

// Next gives out the next reference of the series, such as GLO-26-0001.
func (r Register) Next(series string, today calendar.Date) []events.Fact {
	n := r.Last + 1
	return []events.Fact{{On: today, Event: events.CaseNumbered{Ref: fmt.Sprintf("%s-%04d", series, n), Number: n}}}
}

// Registerfile is a register and where its history stands.
type Registerfile struct {
	events.Head
	Register Register `json:"register"`
}

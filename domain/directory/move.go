package directory

import (
	"fmt"

	"parley/domain/calendar"
	"parley/events"
)

// MovePractice puts a practice under an ICB from a day on, where no list says
// so or the lists say otherwise. What was known of the practice's ICBs since
// that day is overruled. A later list in which its ICB is not doubtful may move
// it again.
type MovePractice struct {
	Practice string        // ODS code
	ICB      string        // ODS code
	From     calendar.Date // its first day under that ICB; the practice must be open and the ICB exist
}

func (cmd MovePractice) decide(d Directory, today calendar.Date) ([]events.Fact, error) {
	switch {
	case cmd.From.IsZero():
		return nil, Incomplete{"first day of the practice under its ICB"}
	case cmd.From.After(today):
		return nil, fmt.Errorf("%s is after today, %s: %w", day(cmd.From), day(today), ErrFutureMove)
	}
	p, err := d.Practice(cmd.Practice, cmd.From)
	if err != nil {
		return nil, err
	}
	if _, err := d.Commissioner(cmd.ICB, cmd.From); err != nil {
		return nil, err
	}
	if p.ICBOn(cmd.From) == cmd.ICB && !p.tenure().From.After(cmd.From) {
		return nil, nil
	}
	return []events.Fact{{On: cmd.From, Event: events.PracticeMoved{Practice: p.Code, ICB: cmd.ICB}}}, nil
}

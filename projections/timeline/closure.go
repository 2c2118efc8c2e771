package timeline

import (
	"fmt"

	"parley/events"
)

// describeClosure tells of the closing of patient lists, and of awards under
// the Provider Selection Regime.
func describeClosure(e events.Event) string {
	switch e := e.(type) {
	case events.ListClosureApplied:
		return e.Practice + " applied to close its list" + filed(e.Document)
	case events.ListClosureAcknowledged:
		return fmt.Sprintf("Application of %s to close its list acknowledged", e.Practice) + filed(e.Document)
	case events.ListClosureDecided:
		return listDecided(e) + filed(e.Document)
	case events.AwardIntended:
		return fmt.Sprintf("Notice of intention to award the contract to %s published", e.Provider) + filed(e.Document)
	case events.AwardDecided:
		text := "Further decision on the award communicated"
		if e.Provider != "" {
			text += ", to " + e.Provider
		}
		return text + because(e.Text) + filed(e.Document)
	}
	return ""
}

func listDecided(e events.ListClosureDecided) string {
	text := fmt.Sprintf("Application of %s to close its list ", e.Practice)
	switch {
	case !e.Granted:
		return text + "refused"
	case e.Until.IsZero():
		return text + "granted"
	}
	return text + "granted, until " + e.Until.Long()
}

package timeline

import (
	"fmt"
	"strings"

	"parley/events"
)

// describeAlert describes facts of alerts. They stand in the alerts' own
// histories, not in those of cases.
func describeAlert(e events.Event) string {
	switch e := e.(type) {
	case events.AlertPolicySet:
		return fmt.Sprintf("Alerts go out at %s to %s", e.At, recipients(e.People, e.Desk))
	case events.AlertClaimed:
		return "Alert claimed for delivery" + to(e.Deliveries)
	case events.AlertSent:
		return "Alert sent" + to([]events.Delivery{e.Delivery}) + because(e.Receipt)
	case events.AlertFailed:
		text := "Alert not delivered" + to([]events.Delivery{e.Delivery}) + because(e.Why)
		if !e.RetryAt.IsZero() {
			text += ", to be tried again"
		}
		return text
	case events.AlertUncertain:
		return "Alert perhaps delivered" + to(e.Deliveries) + because(e.Why)
	case events.AlertAcknowledged:
		return "Alert acknowledged" + because(e.Text)
	case events.AlertSnoozed:
		return "Alerts put off to " + e.Until.Long()
	case events.AlertSuperseded:
		return "Alert not sent" + because(e.Why)
	}
	return ""
}

func recipients(people []events.Person, desk string) string {
	if len(people) == 0 {
		return "the desk, " + desk
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// to says how deliveries go: to j.doe by email, by teams.
func to(deliveries []events.Delivery) string {
	var ways []string
	for _, d := range deliveries {
		way := "by " + d.Channel
		if d.To != "" {
			way = "to " + d.To + " " + way
		}
		ways = append(ways, way)
	}
	if len(ways) == 0 {
		return ""
	}
	return " " + strings.Join(ways, ", ")
}

package events

// All returns the zero value of every event there is, in the order of the
// field's work, so that what must know every event can be checked against it.
func All() []Event {
	all := make([]Event, len(catalogue))
	for i, f := range catalogue {
		all[i] = f.zero
	}
	return all
}

// Deadline returns the ID of the deadline that e is about, or nothing.
func Deadline(e Event) string {
	switch e := e.(type) {
	case DeadlineSet:
		return e.Deadline
	case DeadlineMet:
		return e.Deadline
	case DeadlineMissed:
		return e.Deadline
	case DeadlineExtended:
		return e.Deadline
	case DeadlineExtensionRemoved:
		return e.Deadline
	case DeadlineShortened:
		return e.Deadline
	case DeadlinePaused:
		return e.Deadline
	case DeadlineResumed:
		return e.Deadline
	case DeadlineWaived:
		return e.Deadline
	case DeadlineSuperseded:
		return e.Deadline
	}
	return ""
}

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

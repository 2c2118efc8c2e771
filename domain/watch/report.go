package watch

import (
	"sync"
	"time"

	"parley/domain/alerting"
	"parley/events"
)

// Deed is one thing that a Watch did about one alert or digest.
type Deed struct {
	ID       string
	What     alerting.Status // claimed, sent, failed, uncertain or superseded
	Delivery events.Delivery // that was sent, failed or is uncertain; otherwise the zero Delivery
	Receipt  string          // of what was sent
	Why      string          // of what was not
	RetryAt  time.Time       // of what failed: when it is tried again; the zero time if it is not
	Due      time.Time       // when it was to go out, UTC
	At       time.Time       // when it was done, UTC
}

// Report says what a Sweep did and found.
type Report struct {
	Sent, Failed, Uncertain, Superseded []Deed // in no order
	Next                                Alarm  // what is next, and when; the zero Alarm if nothing is
}

// round gathers what one run over alerts does, and waits for its deliveries.
type round struct {
	sends sync.WaitGroup
	mu    sync.Mutex
	rep   Report
}

func (r *round) add(d Deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch d.What {
	case alerting.Sent:
		r.rep.Sent = append(r.rep.Sent, d)
	case alerting.Failed:
		r.rep.Failed = append(r.rep.Failed, d)
	case alerting.Uncertain:
		r.rep.Uncertain = append(r.rep.Uncertain, d)
	case alerting.Superseded:
		r.rep.Superseded = append(r.rep.Superseded, d)
	}
}

// next notes that something is to happen then, if nothing is to happen earlier.
func (r *round) next(a Alarm) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rep.Next.ID == "" || a.At.Before(r.rep.Next.At) {
		r.rep.Next = a
	}
}

// did tells of a deed.
func (w *Watch) did(r *round, d Deed) {
	d.At = w.Clock().UTC()
	r.add(d)
	if w.Done != nil {
		w.Done(d)
	}
}

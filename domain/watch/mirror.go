package watch

import (
	"context"
	"errors"
	"sync"
	"time"
)

// mirror is the alarms that are set, as the one who sets them knows without
// asking, by case and ID; digests are under "".
type mirror struct {
	port Alarms

	loading sync.RWMutex // held for writing while alarms are listed
	mu      sync.Mutex
	loaded  bool
	set     map[string]map[string]time.Time
}

// load lists the alarms that are set.
func (m *mirror) load(ctx context.Context) error {
	if m.port == nil {
		return nil
	}
	m.loading.Lock()
	defer m.loading.Unlock()
	all, err := m.port.All(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loaded, m.set = true, map[string]map[string]time.Time{}
	for id, at := range all {
		m.put(Alarm{id, at})
	}
	return nil
}

// put notes that an alarm is set. mu is held.
func (m *mirror) put(a Alarm) {
	ref := refOf(a.ID)
	if m.set[ref] == nil {
		m.set[ref] = map[string]time.Time{}
	}
	m.set[ref][a.ID] = a.At
}

// want sets and cancels alarms until those of a case, or of digests for "", are
// exactly these; those of what is being delivered are left as they are, for what
// comes of it may set them at any moment.
func (m *mirror) want(ctx context.Context, ref string, wanted map[string]time.Time, busy map[string]bool) error {
	if m.port == nil {
		return nil
	}
	if !m.isLoaded() {
		if err := m.load(ctx); err != nil {
			return err
		}
	}
	m.loading.RLock()
	defer m.loading.RUnlock()
	missing, unwanted := m.differ(ref, wanted, busy)
	var failed []error
	for _, id := range unwanted {
		if len(failed) == mostFailed {
			break
		}
		if err := m.port.Cancel(ctx, id); err != nil {
			failed = append(failed, err)
			continue
		}
		m.gone(id)
	}
	for _, a := range missing {
		if len(failed) == mostFailed {
			break
		}
		if err := m.add(ctx, a); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// mostFailed is how many alarms may fail before the others are not tried: one
// alarm can be at fault, but not so many.
const mostFailed = 3

// differ returns what is to be set and cancelled.
func (m *mirror) differ(ref string, wanted map[string]time.Time, busy map[string]bool) (missing []Alarm, unwanted []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, at := range wanted {
		if set, is := m.set[ref][id]; !busy[id] && (!is || !set.Equal(at)) {
			missing = append(missing, Alarm{id, at})
		}
	}
	for id := range m.set[ref] {
		if _, is := wanted[id]; !is && !busy[id] {
			unwanted = append(unwanted, id)
		}
	}
	return missing, unwanted
}

// also sets one alarm beside the others.
func (m *mirror) also(ctx context.Context, a Alarm) error {
	if m.port == nil {
		return nil
	}
	m.loading.RLock()
	defer m.loading.RUnlock()
	return m.add(ctx, a)
}

func (m *mirror) add(ctx context.Context, a Alarm) error {
	if err := m.port.Set(ctx, a); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.set != nil {
		m.put(a)
	}
	return nil
}

// gone notes that an alarm is not set any more.
func (m *mirror) gone(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ref := refOf(id)
	delete(m.set[ref], id)
	if len(m.set[ref]) == 0 {
		delete(m.set, ref)
	}
}

func (m *mirror) isLoaded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loaded
}

// refs returns the cases that have alarms.
func (m *mirror) refs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for ref := range m.set {
		all = append(all, ref)
	}
	return all
}

// first returns the alarm that goes off first, and false if none is set.
func (m *mirror) first() (Alarm, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first Alarm
	for _, of := range m.set {
		for id, at := range of {
			if first.ID == "" || at.Before(first.At) || at.Equal(first.At) && id < first.ID {
				first = Alarm{id, at}
			}
		}
	}
	return first, first.ID != ""
}

// count returns how many alarms are set.
func (m *mirror) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, of := range m.set {
		n += len(of)
	}
	return n
}

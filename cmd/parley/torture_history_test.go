package main

import (
	"hash/fnv"
	"math"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"parley/events"
)

// register is what a case is to the checker of histories: a version, and which
// commands led to it in which order. The commands are kept as a digest.
type register struct {
	version int
	digest  uint64
}

// after is the register once a command was carried out.
func (r register) after(command uuid.UUID) register {
	h := fnv.New64a()
	_, _ = h.Write([]byte{byte(r.digest), byte(r.digest >> 8), byte(r.digest >> 16), byte(r.digest >> 24), byte(r.digest >> 32), byte(r.digest >> 40), byte(r.digest >> 48), byte(r.digest >> 56)})
	_, _ = h.Write(command[:])
	return register{r.version + 1, h.Sum64()}
}

// registerOf is the register after these commands.
func registerOf(commands []uuid.UUID) (r register) {
	for _, c := range commands {
		r = r.after(c)
	}
	return r
}

// heard is what a attempt was answered.
type heard struct {
	reads   bool
	unknown bool
	version int      // of an append
	shown   register // of a read
}

// versionRegister is a case as it must behave, begun with what it held at first:
// an append is answered the version that comes next, and a read shows what was
// appended before.
func versionRegister(first register) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			before, answer := state.(register), output.(heard)
			if answer.reads {
				return before == answer.shown, before
			}
			after := before.after(input.(uuid.UUID))
			return answer.unknown || after.version == answer.version, after
		},
	}
}

// checkHistory looks whether what the writers saw of each case can be put in an
// order that agrees with the time at which it happened and with the log.
func (r *tried) checkHistory(log events.History) {
	r.t.Helper()
	for _, ref := range r.refs {
		var commands []uuid.UUID
		var first register
		stored := map[uuid.UUID]bool{}
		for _, c := range log {
			if c.Aggregate != events.Case(ref) {
				continue
			}
			commands, stored[c.Command] = append(commands, c.Command), true
			if c.Actor == "jo" {
				first = registerOf(commands)
			}
		}
		checkCase(r.t, ref, first, r.operations(ref, stored, registerOf(commands)))
	}
}

// operations is what writers did to a case, and a last look at the log. What was
// not acknowledged and is not in the log was never done; what is in the log may
// have been done at any time since.
func (r *tried) operations(ref string, stored map[uuid.UUID]bool, last register) []porcupine.Operation {
	var all []porcupine.Operation
	for _, d := range r.attempts {
		switch {
		case d.ref != ref || d.unknown && !stored[d.command]:
		case d.command == uuid.Nil:
			all = append(all, porcupine.Operation{Input: d.command, Call: d.call, Output: heard{reads: true, shown: registerOf(d.seen)}, Return: d.back})
		case d.unknown:
			all = append(all, porcupine.Operation{Input: d.command, Call: d.call, Output: heard{unknown: true}, Return: math.MaxInt64})
		default:
			all = append(all, porcupine.Operation{Input: d.command, Call: d.call, Output: heard{version: d.version}, Return: d.back})
		}
	}
	now := r.since()
	return append(all, porcupine.Operation{Input: uuid.Nil, Call: now, Output: heard{reads: true, shown: last}, Return: now + 1})
}

func checkCase(t *testing.T, ref string, first register, history []porcupine.Operation) {
	t.Helper()
	appends := 0
	for _, o := range history {
		if !o.Output.(heard).reads {
			appends++
		}
	}
	switch porcupine.CheckOperationsTimeout(versionRegister(first), history, 2*time.Minute) {
	case porcupine.Illegal:
		t.Errorf("%s: what %d appends and %d reads saw is in no order", ref, appends, len(history)-appends)
		only := history[:0:0]
		for _, o := range history {
			if !o.Output.(heard).reads {
				only = append(only, o)
			}
		}
		t.Logf("%s: the appends by themselves: %s", ref, porcupine.CheckOperationsTimeout(versionRegister(first), append(only, history[len(history)-1]), time.Minute))
	case porcupine.Unknown:
		t.Errorf("%s: the history of %d appends and %d reads was not decided in time", ref, appends, len(history)-appends)
	}
}

// The checker tells a history that is in order from those that are not.
func TestTheCheckerOfHistories(t *testing.T) {
	a, b, c := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	appended := func(id uuid.UUID, version int, call, back int64) porcupine.Operation {
		return porcupine.Operation{Input: id, Call: call, Output: heard{version: version}, Return: back}
	}
	unknown := func(id uuid.UUID, call int64) porcupine.Operation {
		return porcupine.Operation{Input: id, Call: call, Output: heard{unknown: true}, Return: math.MaxInt64}
	}
	read := func(call, back int64, ids ...uuid.UUID) porcupine.Operation {
		return porcupine.Operation{Input: uuid.Nil, Call: call, Output: heard{reads: true, shown: registerOf(ids)}, Return: back}
	}
	for name, x := range map[string]struct {
		history []porcupine.Operation
		want    bool
	}{
		"one after another":         {[]porcupine.Operation{appended(a, 1, 0, 1), appended(b, 2, 2, 3), read(4, 5, a, b)}, true},
		"at once":                   {[]porcupine.Operation{appended(a, 2, 0, 9), appended(b, 1, 0, 9), read(10, 11, b, a)}, true},
		"one was lost":              {[]porcupine.Operation{appended(a, 1, 0, 1), appended(b, 2, 2, 3), read(4, 5, b)}, false},
		"a version twice":           {[]porcupine.Operation{appended(a, 1, 0, 1), appended(b, 1, 2, 3)}, false},
		"another order":             {[]porcupine.Operation{appended(a, 1, 0, 1), appended(b, 2, 2, 3), read(4, 5, b, a)}, false},
		"a stale read":              {[]porcupine.Operation{appended(a, 1, 0, 1), read(2, 3)}, false},
		"it came late":              {[]porcupine.Operation{unknown(a, 0), appended(b, 1, 2, 3), read(4, 5, b), read(6, 7, b, a)}, true},
		"it came and went":          {[]porcupine.Operation{unknown(a, 0), read(4, 5, a), read(6, 7)}, false},
		"it came before it was due": {[]porcupine.Operation{appended(b, 2, 0, 1), appended(c, 1, 2, 3)}, false},
	} {
		if got := porcupine.CheckOperations(versionRegister(register{}), x.history); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

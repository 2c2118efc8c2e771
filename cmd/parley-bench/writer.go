package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/events"
)

// batch is how many commits are sent before the server is waited for.
const batch = 2048

// head is where an aggregate stands.
type head struct {
	version  int
	position uint64
	hash     events.Hash
}

// writer appends commits one after another, and does not wait for each. Each is
// sealed into its line's chain. At the end of a batch the server says how far
// the log has come, and it must be just as far as the writer.
type writer struct {
	raw  *raw
	last storedir.Mark
	at   time.Time // of recording, of the commit before

	cases     []head // by the case's place in the timeline
	registers map[string]head
}

// tell writes everything that happens in a timeline.
func (w *writer) tell(ctx context.Context, t *timeline) error {
	w.cases, w.registers = make([]head, len(t.cases)), map[string]head{}
	var directory head
	w.at = t.first.AddDays(-1).Time()
	if err := w.write(ctx, t.first.AddDays(-1), events.Directory(), &directory, t.listed); err != nil {
		return err
	}
	return t.tell(ctx, func(day calendar.Date, i, n int, facts []events.Fact) error {
		c := t.cases[i]
		if n == 0 {
			series := t.series(c)
			register := w.registers[series]
			if err := w.write(ctx, day, events.Register(series), &register, []events.Fact{{On: day, Event: events.CaseNumbered{Ref: t.ref(c), Number: c.number}}}); err != nil {
				return err
			}
			w.registers[series] = register
		}
		return w.write(ctx, day, events.Case(t.ref(c)), &w.cases[i], t.facts(i, facts))
	})
}

// write seals facts as the next commit of a, and sends it to the log.
//
// Its headers are as long as those that Parley's own log sends, and have other
// names. JetStream would otherwise keep every ID of its last two minutes in
// memory, and look for the line's last message in a block that it read long ago.
func (w *writer) write(ctx context.Context, day calendar.Date, a events.Aggregate, h *head, facts []events.Fact) error {
	w.at = w.at.Add(time.Second / 4)
	if morning := day.Time().Add(8 * time.Hour); w.at.Before(morning) {
		w.at = morning
	}
	sealed, err := events.Seal(events.Commit{
		Command: commandID(w.at, w.last.Position+1), Aggregate: a, Version: h.version + 1, Actor: "bench",
		RecordedAt: w.at, Previous: h.hash, Facts: facts,
	})
	if err != nil {
		return err
	}
	m := nats.NewMsg("es." + string(a.Kind) + "." + a.ID)
	m.Data = sealed.Stored
	m.Header["Made-Msg-Id"] = []string{sealed.Command.String() + "/" + a.String()}
	m.Header["Made-Expected-Last-Subject-Sequence"] = []string{strconv.FormatUint(h.position, 10)}
	w.last = storedir.Mark{Position: w.last.Position + 1, Hash: sealed.Hash}
	*h = head{sealed.Version, w.last.Position, sealed.Hash}
	if w.last.Position%batch > 0 {
		return w.raw.conn.PublishMsg(m) // without a wish for an answer
	}
	ack, err := w.raw.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequence(w.last.Position-1))
	if err == nil && ack.Sequence != w.last.Position {
		err = fmt.Errorf("the log is at position %d, and the writer at %d", ack.Sequence, w.last.Position)
	}
	return err
}

// commandID returns a UUIDv7 of a time, the same each time that a store is made.
func commandID(at time.Time, n uint64) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16)
	binary.BigEndian.PutUint64(id[8:], n)
	id[6] = 0x70
	id[8] = 0x80
	return id
}

// finish waits until everything is stored.
func (w *writer) finish(ctx context.Context) error {
	for tries := 0; ; tries++ {
		stream, err := w.raw.js.Stream(ctx, "ES")
		if err != nil {
			return err
		}
		switch stored := stream.CachedInfo().State.LastSeq; {
		case stored == w.last.Position:
			return nil
		case tries > 1000:
			return fmt.Errorf("%d of %d commits were stored", stored, w.last.Position)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

package natslog

import (
	"context"
	"fmt"
	"slices"

	"parley/events"
)

// Index knows where the commits of aggregates stand, so that the server need not
// search its blocks for them. Nothing rests on it: each commit that it leads to
// is found to be the next of its line, the rest is searched for, and the
// stream's leader says where the last one stands.
type Index interface {
	// Positions returns where a's commits stand, from the first on, as far as
	// is known; nothing if that is not known. It is called from within the Source
	// of views, and must not wait for them to catch up.
	Positions(ctx context.Context, a events.Aggregate) []uint64
}

// Consult has whole histories read by an index from now on. It is called before
// the log is used by several at a time.
func (l *Log) Consult(index Index) { l.index = index }

// alone is how many commits are asked for at a time, each by itself. They are
// those of a case, and small: no text that is recorded is of more than some
// kilobytes.
const alone = 24

// indexed returns a's history as far as the index leads to it without a fault.
func (l *Log) indexed(ctx context.Context, a events.Aggregate) (h events.History) {
	if l.index == nil {
		return nil
	}
	positions := l.index.Positions(ctx, a)
	if len(positions) == 0 {
		return nil
	}
	in, err := l.newInbox(alone)
	if err != nil {
		return nil
	}
	defer in.close()
	h = make(events.History, 0, len(positions))
	for some := range slices.Chunk(positions, alone) {
		for _, d := range in.fetch(ctx, some) {
			if d.err != nil {
				return h
			}
			next, err := follow(h, a, 0, d.recorded)
			if err != nil {
				return h
			}
			h = next
		}
	}
	return h
}

// fetch reads the commits at these positions.
func (in *inbox) fetch(ctx context.Context, positions []uint64) []decoded {
	all := make([]decoded, len(positions))
	for i, position := range positions {
		if err := in.ask(i, fmt.Appendf(nil, `{"seq":%d,"no_hdr":true}`, position)); err != nil {
			return []decoded{{err: err}}
		}
	}
	for range positions {
		i, m, err := in.await(ctx)
		if err != nil {
			return []decoded{{err: err}}
		}
		if len(m.Header) > 0 { // it says why there is nothing
			all[i].err = missing(positions[i])
			continue
		}
		all[i].recorded, all[i].err = decode(positions[i], m.Data)
	}
	return all
}

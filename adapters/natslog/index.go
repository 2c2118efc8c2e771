package natslog

import (
	"context"
	"errors"
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

// indexed returns a's history as far as these positions lead to it without a fault.
func (l *Log) indexed(ctx context.Context, a events.Aggregate, positions []uint64) (h events.History) {
	if len(positions) == 0 {
		return nil
	}
	fetched, err := l.fetch(ctx, positions)
	if err != nil {
		return nil
	}
	h = make(events.History, 0, len(fetched))
	for _, d := range fetched {
		if d.err != nil {
			break
		}
		next, err := follow(h, a, 0, d.recorded)
		if err != nil {
			break
		}
		h = next
	}
	return h
}

// fetch reads what stands at these positions, some at a time, in some copy of the log.
func (l *Log) fetch(ctx context.Context, positions []uint64) ([]decoded, error) {
	in, err := l.borrow()
	if err != nil {
		return nil, err
	}
	all := make([]decoded, 0, len(positions))
	for some := range slices.Chunk(positions, alone) {
		n := len(all)
		all = all[:n+len(some)]
		if err := in.fetch(ctx, some, all[n:]); err != nil {
			in.close()
			return nil, err
		}
	}
	l.giveBack(in)
	return all, nil
}

// fetch asks for what stands at each of these positions, and reads the answers as
// they come. An error of its own leaves some of them to come yet.
func (in *inbox) fetch(ctx context.Context, positions []uint64, read []decoded) error {
	for i, position := range positions {
		if err := in.ask(i, fmt.Appendf(nil, `{"seq":%d,"no_hdr":true}`, position)); err != nil {
			return err
		}
	}
	for range positions {
		i, m, err := in.await(ctx)
		if err == nil && i >= len(positions) {
			err = unavailable("the log cannot be read", errors.New("an answer to nothing that was asked"))
		}
		if err != nil {
			return err
		}
		if len(m.Header) > 0 { // it says why there is nothing
			read[i].err = missing(positions[i])
			continue
		}
		read[i].recorded, read[i].err = decode(positions[i], m.Data)
	}
	return nil
}

// kept is how many inboxes are kept for the next that read by the index: to make
// one and close it costs a quarter of reading a case.
const kept = 4

// borrow returns an inbox that no answers are on their way to.
func (l *Log) borrow() (*inbox, error) {
	select {
	case in := <-l.inboxes:
		return in, nil
	default:
		return l.newInbox(alone)
	}
}

// giveBack keeps an inbox that has had all its answers.
func (l *Log) giveBack(in *inbox) {
	select {
	case l.inboxes <- in:
	default:
		in.close()
	}
}

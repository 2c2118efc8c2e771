package natslog

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// direct is where any copy of the log is asked for what stands in it.
const direct = "$JS.API.DIRECT.GET." + streamName

// stall is how long one server is waited for that goes on answering, before it
// is given up.
const stall = 10 * time.Second

// inbox is where the answers to several requests come in that are under way at
// once. It is for one goroutine.
type inbox struct {
	log     *Log
	name    string             // what its answers' subjects begin with
	sub     *nats.Subscription // on them
	answers chan *nats.Msg
}

// newInbox makes an inbox with room for so many answers: more at a time are lost.
func (l *Log) newInbox(room int) (*inbox, error) {
	in := &inbox{log: l, name: l.nc.NewRespInbox() + ".", answers: make(chan *nats.Msg, room)}
	var err error
	if in.sub, err = l.nc.ChanSubscribe(in.name+"*", in.answers); err != nil {
		return nil, unavailable("the log cannot be read", err)
	}
	return in, nil
}

// close ends it. Answers that are still under way are not received.
func (in *inbox) close() { _ = in.sub.Unsubscribe() } // fails only with the connection

// ask asks whichever copy of the log answers for what stands somewhere. Its
// answers have this number.
func (in *inbox) ask(number int, what []byte) error {
	if err := in.log.nc.PublishRequest(direct, in.name+strconv.Itoa(number), what); err != nil {
		return unavailable("the log cannot be read", err)
	}
	return nil
}

// await returns the next answer, and the number of what it answers.
func (in *inbox) await(ctx context.Context) (number int, m *nats.Msg, err error) {
	if m, err = in.next(ctx); err != nil {
		return 0, nil, unavailable("the log cannot be read", err)
	}
	if number, err = strconv.Atoi(strings.TrimPrefix(m.Subject, in.name)); err != nil {
		return 0, nil, unavailable("the log cannot be read", err)
	}
	return number, m, nil
}

func (in *inbox) next(ctx context.Context) (*nats.Msg, error) {
	select {
	case m := <-in.answers:
		return m, nil
	default:
	}
	most := stall
	if in.log.replicas > 1 {
		most = try
	}
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case m := <-in.answers:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, errors.New("no answer in time")
	}
}

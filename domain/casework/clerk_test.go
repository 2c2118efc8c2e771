package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/logtest/sample"
	"parley/adapters/memlog"
	"parley/domain/casework"
	"parley/events"
)

// tally is how often an alert was acknowledged.
type tally int

func clerk(log casework.Log) *casework.Clerk[tally] {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return casework.NewClerk(log, func() time.Time { return at },
		func(h events.History) tally { return tally(len(h)) },
		func(t tally, _ events.Recorded) tally { return t + 1 })
}

var errTwice = errors.New("once is enough")

// acknowledge is decided once.
func acknowledge(t tally) ([]events.Fact, error) {
	if t > 0 {
		return nil, errTwice
	}
	return []events.Fact{{On: sample.Day("2026-11-02"), Event: events.AlertAcknowledged{}}}, nil
}

func request() casework.Request {
	return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: "parley"}
}

func TestAClerkDecidesOnWhatTheLogHolds(t *testing.T) {
	c, ctx, a := clerk(memlog.New()), context.Background(), events.Alert("GLO-26-0001_D7-1_day_20261026")
	first := request()
	out, known, err := c.CarryOut(ctx, a, casework.Known[tally]{}, first, acknowledge)
	if err != nil || out.Position != 1 || known.State != 1 || known.Head.Version != 1 {
		t.Fatal(out, known, err)
	}
	if _, _, err := c.CarryOut(ctx, a, casework.Known[tally]{}, request(), acknowledge); !errors.Is(err, errTwice) {
		t.Error("one who knows nothing of the first:", err)
	}
	if _, _, err := c.CarryOut(ctx, a, known, request(), acknowledge); !errors.Is(err, errTwice) {
		t.Error("one who knows of the first:", err)
	}
	out, after, err := c.CarryOut(ctx, a, casework.Known[tally]{}, first, acknowledge)
	if err != nil || !out.Repeated || out.Position != 1 || after.State != 1 {
		t.Error("the first again:", out, after, err)
	}
	if len(known.Head.Commands) != 1 {
		t.Error("what was known has been changed:", known)
	}
	if _, _, err := c.CarryOut(ctx, a, known, casework.Request{}, acknowledge); !errors.Is(err, casework.ErrUnsigned) {
		t.Error("unsigned:", err)
	}
}

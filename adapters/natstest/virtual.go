package natstest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
)

// Virtually runs f where time passes as soon as everybody waits. It begins at
// midnight UTC of 1 January 2000. f may start a server in its own process, and
// must have stopped it when it returns.
func Virtually(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	ats.Register() // the server's own clock must stand outside
	defer ats.Unregister()
	synctest.Test(t, func(t *testing.T) {
		// What a server that has stopped left asleep wakes once more before it
		// ends, and no time passes after this function.
		defer time.Sleep(time.Minute)
		f(t)
	})
}

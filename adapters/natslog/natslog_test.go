package natslog_test

import (
	"errors"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
)

// start starts a server on dir and stops it when the test ends.
func start(t testing.TB, dir string) *natsd.Server {
	t.Helper()
	s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// open opens the log of a server.
func open(t testing.TB, s *natsd.Server, g natslog.Guard) *natslog.Log {
	t.Helper()
	l, err := natslog.Open(t.Context(), s.Conn(), g)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestContract(t *testing.T) {
	logtest.Run(t, func(t *testing.T) logtest.Log {
		return open(t, start(t, t.TempDir()), natslog.Guard{})
	})
}

// A server by itself says at once that it keeps one copy, and begins nothing.
func TestCopiesThatNobodyKeeps(t *testing.T) {
	s := start(t, t.TempDir())
	if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Replicas: 3}); !errors.Is(err, natslog.ErrAlone) || errors.Is(err, natslog.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Joins: true}); !errors.Is(err, natslog.ErrNoLog) {
		t.Errorf("%v", err)
	}
}

package natsd

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// keep is how many of the first and of the last warnings are remembered.
const keep = 100

// heard is the server's logger: it passes warnings and errors on, remembers
// those that are about itself, and leaves out what is said in passing.
type heard struct {
	log  *slog.Logger
	fail context.CancelCauseFunc // called with what the server cannot go on after

	mu    sync.Mutex
	first []string
	later []string
}

func (h *heard) Warnf(format string, v ...any)  { h.hear(slog.LevelWarn, format, v) }
func (h *heard) Errorf(format string, v ...any) { h.hear(slog.LevelError, format, v) }

// Fatalf notes why the server gave up. The process goes on: Healthy reports it.
func (h *heard) Fatalf(format string, v ...any) {
	h.hear(slog.LevelError, format, v)
	h.fail(failure(fmt.Sprintf(format, v...)))
}

func (*heard) Noticef(string, ...any) {}
func (*heard) Debugf(string, ...any)  {}
func (*heard) Tracef(string, ...any)  {}

func (h *heard) hear(level slog.Level, format string, v []any) {
	message := fmt.Sprintf(format, v...)
	if halfMade(message) {
		return
	}
	if !ofClient(message) {
		h.remember(message)
		if grave(message) {
			h.fail(failure(message))
		}
	}
	if h.log != nil {
		h.log.Log(context.Background(), level, message, "from", "embedded server")
	}
}

func (h *heard) remember(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.first) < keep {
		h.first = append(h.first, message)
		return
	}
	h.later = append(h.later, message)
	if len(h.later) > keep {
		h.later = h.later[1:]
	}
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(append([]string(nil), h.first...), h.later...)
}

// ofClient reports whether a message is about a connection. It then repeats what
// whoever connected has said, who may not even have been let in: nothing follows
// from its words.
func ofClient(message string) bool {
	peer, _, is := strings.Cut(message, " - cid:")
	return is && !strings.Contains(peer, " ")
}

// halfMade reports whether a message says that the files of a consumer are not
// all there, as where the process was killed while it made one. Nothing is lost by
// it: whoever wants the consumer makes it again.
func halfMade(message string) bool {
	return strings.Contains(message, "Missing consumer metafile") || strings.Contains(message, "Missing consumer checksum")
}

// grave reports whether a message says that the server stores nothing any more.
// It then leaves requests without an answer, and its log is the only sign.
func grave(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "critical write error") || strings.Contains(m, "disabling jetstream") ||
		strings.Contains(m, "will be disabled")
}

// failure is the error that a message of the server amounts to.
func failure(message string) error {
	m := strings.ToLower(message)
	if strings.Contains(m, "no space left") || strings.Contains(m, "not enough space") || strings.Contains(m, "quota exceeded") {
		return fmt.Errorf("%w: %w: %s", ErrFailed, ErrFull, message)
	}
	if strings.Contains(m, "listening on port") && strings.Contains(m, "in use") { // since it was tried
		return fmt.Errorf("%w: %w: %s", ErrFailed, ErrTaken, message)
	}
	return fmt.Errorf("%w: %s", ErrFailed, message)
}

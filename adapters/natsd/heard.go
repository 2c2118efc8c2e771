package natsd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// keep is how many of the first and of the last warnings are remembered.
const keep = 100

// heard is the server's logger: it passes warnings and errors on, remembers
// them, and leaves out what is said in passing.
type heard struct {
	log *slog.Logger

	mu      sync.Mutex
	first   []string
	later   []string
	fatally string
}

func (h *heard) Warnf(format string, v ...any)  { h.hear(slog.LevelWarn, format, v) }
func (h *heard) Errorf(format string, v ...any) { h.hear(slog.LevelError, format, v) }

// Fatalf notes why the server gave up. The process goes on: Healthy reports it.
func (h *heard) Fatalf(format string, v ...any) {
	h.mu.Lock()
	h.fatally = fmt.Sprintf(format, v...)
	h.mu.Unlock()
	h.hear(slog.LevelError, format, v)
}

func (*heard) Noticef(string, ...any) {}
func (*heard) Debugf(string, ...any)  {}
func (*heard) Tracef(string, ...any)  {}

func (h *heard) hear(level slog.Level, format string, v []any) {
	message := fmt.Sprintf(format, v...)
	h.mu.Lock()
	if len(h.first) < keep {
		h.first = append(h.first, message)
	} else {
		h.later = append(h.later, message)
		if len(h.later) > keep {
			h.later = h.later[1:]
		}
	}
	h.mu.Unlock()
	if h.log != nil {
		h.log.Log(context.Background(), level, message, "from", "embedded server")
	}
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(append([]string(nil), h.first...), h.later...)
}

func (h *heard) last() string {
	said := h.all()
	if len(said) == 0 {
		return "it did not say why"
	}
	return said[len(said)-1]
}

func (h *heard) fatal() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fatally
}

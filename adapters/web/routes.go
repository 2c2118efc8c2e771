package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// routes is all that can be asked for.
func (s *Server) routes(complaints *log.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.alive)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.options.Metrics != nil {
		mux.Handle("GET /metrics", s.options.Metrics.handler(complaints))
	}
	if s.options.Calendar != nil {
		mux.HandleFunc("GET /calendar/{file}", s.calendar)
	}
	return mux
}

// alive answers as long as there is anybody to answer.
func (s *Server) alive(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive\n") }

// say answers with a text that nobody is to keep.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// ready answers whether every check is passed; if not, with the names of those
// that are not, a line each. Why stands in the log.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	wrong := s.check(r.Context())
	s.notReady.note(s.options.Log, wrong)
	if len(wrong) == 0 {
		say(w, http.StatusOK, "ready\n")
		return
	}
	say(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(slices.Sorted(maps.Keys(wrong)), ", ")+"\n")
}

// check makes all checks at once, and returns what is wrong by name. One that
// does not come to an end in time is wrong.
func (s *Server) check(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Patience)
	defer cancel()
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(s.options.Checks))
	wrong := map[string]error{}
	for name, check := range s.options.Checks {
		wrong[name] = errors.New("it has not answered in time")
		go func() { results <- result{name, check(ctx)} }()
	}
	for range s.options.Checks {
		select {
		case r := <-results:
			if delete(wrong, r.name); r.err != nil {
				wrong[r.name] = r.err
			}
		case <-ctx.Done():
			return wrong
		}
	}
	return wrong
}

// notReady remembers why the server was not ready when it was last asked, so
// that the log says it once.
type notReady struct {
	mu   sync.Mutex
	last string
}

func (n *notReady) note(log *slog.Logger, wrong map[string]error) {
	var why []string
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		why = append(why, name+": "+wrong[name].Error())
	}
	now := strings.Join(why, "; ")
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case now == n.last:
	case now == "":
		log.Info("ready again")
	default:
		log.Warn("not ready", "why", now)
	}
	n.last = now
}

// longestToken is in bytes: theirs have 43.
const longestToken = 128

// calendar answers with the calendar to which the token in the address is the
// key. Everything else is a page that does not exist.
func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	token, is := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !is || token == "" || len(token) > longestToken {
		http.NotFound(w, r)
		return
	}
	body, etag, found, err := s.makeCalendar(r.Context(), token)
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "60")
		say(w, http.StatusServiceUnavailable, "too many ask for calendars: try again in a minute\n")
		return
	case err != nil:
		s.options.Log.Error("a calendar cannot be shown", "why", err)
		say(w, http.StatusInternalServerError, "the calendar cannot be shown now\n")
		return
	case !found:
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="deadlines.ics"`)
	h.Set("Cache-Control", "private, no-cache") // to be kept by the subscriber alone, who asks whether it has changed
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// errBusy says that other calendars took all the time there was.
var errBusy = errors.New("too many calendars are being made")

// makeCalendar asks for a calendar when its turn has come.
func (s *Server) makeCalendar(ctx context.Context, token string) (body []byte, etag string, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, calendarWithin)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		return s.options.Calendar(ctx, token)
	case <-ctx.Done():
		return nil, "", false, errBusy
	}
}

// logged logs each request by its route, never by its path: that may hold a token.
func (s *Server) logged(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		seen := &seen{ResponseWriter: w, status: http.StatusOK}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ended := false // unless it panics, which net/http deals with
		defer func() {
			if !ended {
				seen.status = http.StatusInternalServerError
			}
			route := r.Pattern
			level := slog.LevelInfo
			switch {
			case seen.status >= http.StatusInternalServerError && route != "GET /readyz":
				level = slog.LevelError
			case route == "":
				route = "none"
			case route != "GET /calendar/{file}":
				level = slog.LevelDebug // probes and scrapes come every few seconds
			}
			from, _, _ := net.SplitHostPort(r.RemoteAddr)
			s.options.Log.Log(context.WithoutCancel(r.Context()), level, "http", "method", r.Method, "route", route,
				"status", seen.status, "bytes", seen.bytes, "took", time.Since(begun), "from", from)
		}()
		mux.ServeHTTP(seen, r)
		ended = true
	})
}

// seen is an answer, and what was seen of it.
type seen struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *seen) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p)
	s.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

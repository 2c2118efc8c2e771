package natsd_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natsd"
)

func TestItKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	for round := range 2 {
		s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(s.Conn())
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
				t.Fatal(err)
			}
			if _, err := js.Publish(t.Context(), "s", bytes.Repeat([]byte("x"), 3<<20)); err != nil {
				t.Fatal(err)
			}
		}
		st, err := js.Stream(t.Context(), "S")
		if err != nil || st.CachedInfo().State.Msgs != 1 {
			t.Errorf("round %d: %v", round, err)
		}
		if err := s.Healthy(); err != nil {
			t.Error(err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(); err != nil {
			t.Errorf("stopped twice: %v", err)
		}
		if err := s.Healthy(); !errors.Is(err, natsd.ErrFailed) {
			t.Errorf("when stopped: %v", err)
		}
		if w := s.Warnings(); len(w) != 0 {
			t.Errorf("it warned of %q", w)
		}
	}
}

func TestAFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := natsd.Start(t.Context(), natsd.Config{Dir: file, Name: "test"}); !errors.Is(err, natsd.ErrFailed) {
		t.Errorf("in a file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := natsd.Start(ctx, natsd.Config{Dir: t.TempDir(), Name: "test"}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// A process that is killed while it makes a consumer leaves some of its files.
func TestAConsumerThatIsHalfMadeIsNoWarning(t *testing.T) {
	for _, missing := range []string{"meta.inf", "meta.sum"} {
		dir := t.TempDir()
		s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(s.Conn())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		stream, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "watch"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, "jetstream", "$G", "streams", "S", "obs", "watch", missing)); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		s, err = natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test", Log: slog.New(slog.NewTextHandler(&said, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if w := s.Warnings(); len(w) > 0 || said.Len() > 0 {
			t.Errorf("without %s it remembers %q, and said %s", missing, w, said.String())
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWarningsAreHeard(t *testing.T) {
	dir := t.TempDir()
	start := func(log *slog.Logger) *natsd.Server {
		s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test", Log: log})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start(nil)
	js, err := jetstream.New(s.Conn())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "jetstream", "$G", "streams", "S", "meta.inf")
	if err := os.WriteFile(settings, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s = start(slog.New(slog.NewTextHandler(&said, nil)))
	if w := strings.Join(s.Warnings(), "\n"); !strings.Contains(w, "metafile") && !strings.Contains(w, "checksum") {
		t.Errorf("it remembers %q", w)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "level=WARN") || strings.Contains(said.String(), "level=INFO") {
		t.Errorf("it said %s", said.String())
	}
}

package storedir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/events"
)

func TestDamageIsKeptInMindUntilItIsCleared(t *testing.T) {
	day := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store")
	dir, err := Create(t.Context(), path, Identity{LMC: "Gloucestershire LMC", Code: "GLO", Actor: "jo", Created: day}, Claim{})
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Damage(); err != nil {
		t.Fatal("a new store has damage:", err)
	}
	for _, what := range []string{"position 7 does not read", "and another thing"} {
		if err := dir.NoteDamage(Damage{Found: day, What: what}); err != nil {
			t.Fatal(err)
		}
	}
	for _, became := range []string{"it was put back", "once more"} {
		if err := dir.NoteBecame(became); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	if dir, err = Open(t.Context(), path, Claim{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	var found *Damage
	if err := dir.Damage(); !errors.As(err, &found) || !errors.Is(err, events.ErrDamaged) || found.Story() != "position 7 does not read; it was put back" {
		t.Errorf("after reopening: %v", err)
	}
	if err := errors.Join(dir.ClearDamage(), dir.ClearDamage()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(dir.NoteBecame("nothing"), dir.Damage()); err != nil {
		t.Error("it was cleared, and still stands:", err)
	}
	if err := os.WriteFile(filepath.Join(path, damageFile), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dir.Damage(); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("a note of damage that does not read: %v", err)
	}
}

package events

import (
	"time"

	"github.com/google/uuid"
)

// Head is where an aggregate's history stands: what the next commit must
// follow on from, and which commands it has seen.
type Head struct {
	Version    int               `json:"version"`  // of the last commit; 0 before the first
	Position   uint64            `json:"position"` // of the last commit in the log; 0 before the first
	Hash       Hash              `json:"hash"`
	RecordedAt time.Time         `json:"recorded_at"`
	Commands   map[uuid.UUID]int `json:"commands"` // command ID → version of the commit it caused
}

// Advance takes the next commit in. It returns an error that wraps ErrDamaged,
// and changes nothing, if r does not come right after the head.
func (h *Head) Advance(r Recorded) error {
	if err := r.Continues(h.Version, h.Hash); err != nil {
		return err
	}
	if h.Commands == nil {
		h.Commands = map[uuid.UUID]int{}
	}
	h.Version, h.Position, h.Hash, h.RecordedAt = r.Version, r.Position, r.Hash, r.RecordedAt
	h.Commands[r.Command] = r.Version
	return nil
}

// Sealed is a commit with its digest, its hash and its stored form: what a log
// appends.
type Sealed struct {
	Commit
	Stored []byte
}

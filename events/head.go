package events

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Head is where an aggregate's history stands: what the next commit must
// follow on from, and which commands it has seen.
type Head struct {
	Version    int       `json:"version"`  // of the last commit; 0 before the first
	Position   uint64    `json:"position"` // of the last commit in the log; 0 before the first
	Hash       Hash      `json:"hash"`
	RecordedAt time.Time `json:"recorded_at"`
	Commands   Commands  `json:"commands"` // as many as Version says
}

// Commands is the IDs of the commands that caused an aggregate's commits, that
// of version 1 first.
type Commands []uuid.UUID

// Version returns the version of the commit that a command caused; 0 if there is
// none.
func (c Commands) Version(command uuid.UUID) int { return slices.Index(c, command) + 1 }

// Advance takes the next commit in. It returns an error that wraps ErrDamaged,
// and changes nothing, if r does not come right after the head. A copy that was
// made of h stays as it is.
func (h *Head) Advance(r Recorded) error {
	if err := r.Continues(h.Version, h.Hash); err != nil {
		return err
	}
	h.Version, h.Position, h.Hash, h.RecordedAt = r.Version, r.Position, r.Hash, r.RecordedAt
	h.Commands = slices.Concat(h.Commands, Commands{r.Command})
	return nil
}

// Sealed is a commit with its digest, its hash and its stored form: what a log
// appends.
type Sealed struct {
	Commit
	Stored []byte
}

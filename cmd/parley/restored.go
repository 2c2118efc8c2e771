package main

import (
	"fmt"
	"io"
	"time"
)

// restored is the answer of restore.
type restored struct {
	Store     string    `json:"store"`
	LMC       string    `json:"lmc"`
	Code      string    `json:"code"`
	From      string    `json:"from"`  // the backup, or "before-open"
	Taken     time.Time `json:"taken"` // when the backup was
	Position  uint64    `json:"position"`
	Commits   int       `json:"commits"`
	Events    int       `json:"events"`
	Encrypted bool      `json:"encrypted"` // the store
	Aside     string    `json:"aside"`     // where what was there is now; empty if nothing was
	Seconds   float64   `json:"seconds"`
	DryRun    bool      `json:"dry_run"`

	// Of a dry run: how the present log compares. Commits after Same are only in
	// the backup (Gained), or only in the present log (Lost).
	Present  uint64     `json:"present"`
	Same     uint64     `json:"same"`
	Gained   uint64     `json:"gained"`
	Lost     uint64     `json:"lost"`
	LostFrom *time.Time `json:"lost_from,omitempty"` // recorded then
	LostTo   *time.Time `json:"lost_to,omitempty"`
}

func (r restored) report() report {
	return report{
		value: r, columns: []string{"store", "lmc", "code", "from", "taken", "position", "commits", "encrypted", "aside", "dry_run", "same", "gained", "lost"},
		rows: [][]cell{{
			text(r.Store), text(r.LMC), text(r.Code), text(r.From), text(r.Taken.Format(time.RFC3339)), text(fmt.Sprint(r.Position)), number(r.Commits),
			mark(r.Encrypted, "encrypted"), text(r.Aside), mark(r.DryRun, "dry run"), text(fmt.Sprint(r.Same)), text(fmt.Sprint(r.Gained)), text(fmt.Sprint(r.Lost)),
		}},
		page: r.page,
	}
}

func (r restored) page(w io.Writer, width int) {
	store := "a store"
	if r.Encrypted {
		store = "an encrypted store"
	}
	holds := fmt.Sprintf("%s with %s up to position %d", count(r.Commits, "commit"), count(r.Events, "event"), r.Position)
	if !r.DryRun {
		hanging(w, "", fmt.Sprintf("Restored: %s of %s (%s) at %s, %s.", store, r.LMC, r.Code, r.Store, holds), width)
		if r.Aside != "" {
			hanging(w, "", "What was there is set aside in "+r.Aside, width)
		}
		return
	}
	hanging(w, "", fmt.Sprintf("The backup is sound: %s. It would become %s at %s.", holds, store, r.Store), width)
	if r.Present == 0 {
		return
	}
	hanging(w, "", fmt.Sprintf("The present log goes up to position %d, and is the same up to position %d.", r.Present, r.Same), width)
	switch {
	case r.Lost > 0 && r.LostFrom != nil:
		hanging(w, "", fmt.Sprintf("%s would be lost that the backup has not, recorded from %s to %s.", count(int(r.Lost), "commit"), r.LostFrom.Format("2 Jan 2006 15:04"), r.LostTo.Format("2 Jan 2006 15:04 MST")), width)
	case r.Lost > 0:
		hanging(w, "", fmt.Sprintf("%s would be lost that the backup has not.", count(int(r.Lost), "commit")), width)
	default:
		hanging(w, "", fmt.Sprintf("Nothing would be lost, and %s gained.", count(int(r.Gained), "commit")), width)
	}
}

// Package status is the view of where each case stands, and of the case
// numbers given out: a document per case and one per register series.
//
// The documents are those that the rules decide on, negotiation.Casefile and
// Registerfile, so that a decision need not read a whole history. What depends
// on the day, such as the stage, is not stored: queries take today. The rules
// themselves and the reading of the log stay out.
package status

import (
	"fmt"

	"parley/domain/negotiation"
	"parley/events"
)

// Names and versions identify the stored documents of the two views. A version
// goes up with every change of the document's shape or of what the facts make of it.
const (
	CasesName        = "cases"
	CasesVersion     = 3
	RegistersName    = "registers"
	RegistersVersion = 2
)

// ApplyCase returns file with the case's next commit taken in. One that it has
// already changes nothing; one that does not come next is an error that wraps
// events.ErrDamaged. Facts that r corrects stay as they are: to see them
// corrected, apply the effective history from the beginning.
func ApplyCase(file negotiation.Casefile, r events.Recorded) (negotiation.Casefile, error) {
	if r.Version <= file.Version {
		return file, nil
	}
	head, err := advanced(file.Head, r)
	if err != nil {
		return file, err
	}
	return negotiation.Casefile{Head: head, Case: negotiation.Evolve(file.Case, r.Facts...)}, nil
}

// ApplyRegister does for a register what ApplyCase does for a case.
func ApplyRegister(file negotiation.Registerfile, r events.Recorded) (negotiation.Registerfile, error) {
	if r.Version <= file.Version {
		return file, nil
	}
	head, err := advanced(file.Head, r)
	if err != nil {
		return file, err
	}
	return negotiation.Registerfile{Head: head, Register: negotiation.EvolveRegister(file.Register, r)}, nil
}

// advanced returns the head after r, and leaves h as it is.
func advanced(h events.Head, r events.Recorded) (events.Head, error) {
	if err := h.Advance(r); err != nil {
		return events.Head{}, fmt.Errorf("position %d: %w", r.Position, err)
	}
	return h, nil
}

// Fold returns the case file that a case's history leads to, with its
// corrections taken into account. For a moment of the past fold History.AsOf.
func Fold(h events.History) (negotiation.Casefile, error) {
	var file negotiation.Casefile
	for _, r := range h {
		if err := file.Advance(r); err != nil {
			return negotiation.Casefile{}, fmt.Errorf("position %d: %w", r.Position, err)
		}
	}
	file.Case = negotiation.Fold(h)
	return file, nil
}

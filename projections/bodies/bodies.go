// Package bodies is the view of the directory: a document per practice, and one
// per commissioner that facts brought or changed; the other ICBs are built in.
//
// One commit may list thousands of practices. Routing takes it apart once, so
// that each document is given its own facts only. What a body's history means
// is the directory's business, where Apply of each body is written.
package bodies

import (
	"iter"

	"parley/domain/directory"
	"parley/events"
)

// Names and versions identify the stored documents of the two views. A version
// goes up with every change of the document's shape, of what the facts make of
// it, or of the ICBs that are built in, which documents begin from.
const (
	PracticesName        = "practices"
	PracticesVersion     = 1
	CommissionersName    = "commissioners"
	CommissionersVersion = 1
)

// Practice is what is kept of one practice. Version is that of the directory's
// last commit that said something about it.
type Practice struct {
	Version int `json:"version"`
	directory.Practice
}

// Commissioner is what is kept of one ICB, as Practice of a practice.
type Commissioner struct {
	Version int `json:"version"`
	directory.Commissioner
}

// RoutePractices yields each practice that a commit of the directory says
// something about, by code, with those facts only. It takes one pass.
func RoutePractices(r events.Recorded) iter.Seq2[string, events.Recorded] {
	return route(r, directory.IsPracticeCode)
}

// RouteCommissioners does for commissioners what RoutePractices does for practices.
func RouteCommissioners(r events.Recorded) iter.Seq2[string, events.Recorded] {
	return route(r, directory.IsCommissionerCode)
}

func route(r events.Recorded, wanted func(code string) bool) iter.Seq2[string, events.Recorded] {
	return func(yield func(string, events.Recorded) bool) {
		var order []string
		about := map[string][]events.Fact{}
		for _, f := range r.Facts {
			code := directory.Code(f.Event)
			if code == "" || !wanted(code) {
				continue
			}
			if about[code] == nil {
				order = append(order, code)
			}
			about[code] = append(about[code], f)
		}
		for _, code := range order {
			part := r
			part.Facts = about[code]
			if !yield(code, part) {
				return
			}
		}
	}
}

// ApplyPractice returns doc with the facts of a later commit taken in. A commit
// that it has already changes nothing.
func ApplyPractice(doc Practice, r events.Recorded) (Practice, error) {
	if r.Version <= doc.Version {
		return doc, nil
	}
	doc.Version = r.Version
	for _, f := range r.Facts {
		doc.Practice = doc.Practice.Apply(f)
	}
	return doc, nil
}

// ApplyCommissioner does for a commissioner what ApplyPractice does for a practice.
func ApplyCommissioner(doc Commissioner, r events.Recorded) (Commissioner, error) {
	if r.Version <= doc.Version {
		return doc, nil
	}
	doc.Version = r.Version
	for _, f := range r.Facts {
		doc.Commissioner = doc.Commissioner.Apply(f)
	}
	return doc, nil
}

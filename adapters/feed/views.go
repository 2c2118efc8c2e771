package feed

import (
	"bytes"
	"context"
	"slices"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
	"parley/projections/alerts"
	"parley/projections/almanac"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/places"
	"parley/projections/status"
)

// Views is the views of Parley over one log. It is what the Desk remembers of
// cases and knows of bodies, and the Book in which the Watch reads.
type Views struct {
	*Feed
	Cases         *Documents[negotiation.Casefile]     // by reference
	Registers     *Documents[negotiation.Registerfile] // by series
	Docket        *Documents[docket.Doc]               // by reference
	Places        *Documents[places.Doc]               // by reference
	Practices     *Documents[bodies.Practice]          // by code
	Commissioners *Documents[bodies.Commissioner]      // by code; those that facts brought or changed
	Almanac       *Documents[almanac.Doc]              // one, if the calendar was ever revised
	AlertLog      *Documents[alerts.Doc]               // by reference; the digests under alerts.Digests
	AlertPolicy   *Documents[alerts.Policy]            // one, if a policy was ever recorded

	due atomic.Pointer[dueList] // nil until KeepDue has begun, and if it failed
}

var (
	_ watch.Book      = (*Views)(nil)
	_ casework.Memory = (*Views)(nil)
	_ casework.Bodies = (*Views)(nil)
)

// OpenViews opens the views of Parley at path, as Open does.
func OpenViews(path string, source Source) (*Views, error) { return OpenSealedViews(path, source, nil) }

// OpenSealedViews opens the views of Parley at path, as OpenSealed does.
func OpenSealedViews(path string, source Source, secret []byte) (*Views, error) {
	v := &Views{
		Cases: New(View[negotiation.Casefile]{
			Name: status.CasesName, Version: status.CasesVersion, Kind: events.KindCase, Apply: status.ApplyCase,
		}),
		Registers: New(View[negotiation.Registerfile]{
			Name: status.RegistersName, Version: status.RegistersVersion, Kind: events.KindRegister, Apply: status.ApplyRegister,
		}),
		Docket: New(View[docket.Doc]{
			Name: docket.Name, Version: docket.Version, Kind: events.KindCase, Apply: docket.Apply, Fold: docket.Fold,
		}),
		Places: New(View[places.Doc]{
			Name: places.Name, Version: places.Version, Kind: events.KindCase, Apply: places.Apply, Fold: places.Fold,
		}),
		Practices: New(View[bodies.Practice]{
			Name: bodies.PracticesName, Version: bodies.PracticesVersion, Kind: events.KindDirectory,
			Route: bodies.RoutePractices, Apply: bodies.ApplyPractice,
		}),
		Commissioners: New(View[bodies.Commissioner]{
			Name: bodies.CommissionersName, Version: bodies.CommissionersVersion, Kind: events.KindDirectory,
			Route: bodies.RouteCommissioners, Apply: bodies.ApplyCommissioner,
		}),
		Almanac: New(View[almanac.Doc]{
			Name: almanac.Name, Version: almanac.Version, Kind: events.KindCalendar, Apply: almanac.Apply,
		}),
		AlertLog: New(View[alerts.Doc]{
			Name: alerts.Name, Version: alerts.Version, Kind: events.KindAlert, Route: alerts.Route, Apply: alerts.Apply,
		}),
		AlertPolicy: New(View[alerts.Policy]{
			Name: alerts.PolicyName, Version: alerts.PolicyVersion, Kind: events.KindAlert,
			Route: alerts.RoutePolicy, Apply: alerts.ApplyPolicy,
		}),
	}
	var err error
	v.Feed, err = OpenSealed(path, source, secret, v.Cases, v.Registers, v.Docket, v.Places, v.Practices, v.Commissioners, v.Almanac, v.AlertLog, v.AlertPolicy)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Case implements casework.Memory.
func (v *Views) Case(ctx context.Context, ref string) (negotiation.Casefile, bool, error) {
	return v.Cases.Get(ctx, ref)
}

// Register implements casework.Memory.
func (v *Views) Register(ctx context.Context, series string) (negotiation.Registerfile, bool, error) {
	return v.Registers.Get(ctx, series)
}

// Positions returns where the commits of a case stand in the log, as far as the
// views know, and nothing of other aggregates. It is for reading the log, which
// does not rely on it, and so it neither waits nor puts anything right.
func (v *Views) Positions(_ context.Context, a events.Aggregate) []uint64 {
	if a.Kind != events.KindCase {
		return nil
	}
	var doc places.Doc
	err := v.try(func(db *bbolt.DB) (err error) {
		doc, _, err = v.Places.get(db, a.ID)
		return err
	})
	if err != nil { // which is told to whoever needs the views
		return nil
	}
	return doc.Positions()
}

// Calendar implements casework.Memory.
func (v *Views) Calendar(ctx context.Context) (calendar.Calendar, error) {
	doc, _, err := v.Almanac.Get(ctx, events.Calendar().ID)
	return doc.Calendar(), err
}

// Notices implements casework.Memory. It catches up, and then goes through every
// case, of which it takes only those apart that name the service and one of the
// practices: of the 800 cases of a year it passes over all in some 3 ms, and
// takes each that it must apart in 0.15 ms more. Of two cases that are served at
// the same moment, neither may be seen by the other.
func (v *Views) Notices(ctx context.Context, service string, practices []string) ([]negotiation.OtherNotice, error) {
	if err := v.CatchUp(ctx, 0); err != nil {
		return nil, err
	}
	var running []negotiation.OtherNotice
	var failed error
	each(ctx, v.Cases, &failed, taking[negotiation.Casefile, negotiation.Case]{
		doc:  func(_ string, file negotiation.Casefile) negotiation.Case { return file.Case },
		json: func(key string, data []byte) (negotiation.Case, error) { return naming(key, data, service, practices) },
	}, func(c negotiation.Case) bool {
		running = append(running, c.RunningNotices(service, practices)...)
		return true
	})
	return running, failed
}

// naming takes of a case on disk what its running notices follow from, if it
// names the service and one of the practices.
func naming(key string, data []byte, service string, practices []string) (negotiation.Case, error) {
	names := func(code string) bool { return bytes.Contains(data, []byte(`"`+code+`"`)) }
	if !names(service) || !slices.ContainsFunc(practices, names) {
		return negotiation.Case{}, nil
	}
	var file struct {
		Case struct {
			Ref       string                 `json:"ref"`
			Service   string                 `json:"service"`
			Closed    *negotiation.Closing   `json:"closed"`
			Practices []negotiation.Practice `json:"practices"`
		} `json:"case"`
	}
	err := unpack(key, data, &file)
	c := file.Case
	return negotiation.Case{Ref: c.Ref, Service: c.Service, Closed: c.Closed, Practices: c.Practices}, err
}

// Bodies implements casework.Bodies. It says what the views know; only for a
// practice that they do not know it catches up first. ICBs are those that are
// built in and those that facts brought or changed.
func (v *Views) Bodies(ctx context.Context, practices []string) (directory.Directory, error) {
	known, missing, err := v.lookUp(ctx, practices)
	if err == nil && len(missing) > 0 {
		if err = v.CatchUp(ctx, 0); err == nil {
			var late []directory.Practice
			late, _, err = v.lookUp(ctx, missing)
			known = append(known, late...)
		}
	}
	if err != nil {
		return directory.Directory{}, err
	}
	commissioners, err := v.commissioners(ctx)
	if err != nil {
		return directory.Directory{}, err
	}
	return directory.New().WithCommissioners(commissioners...).With(known...), nil
}

// lookUp returns the practices with these codes, and the codes of those that
// are not known but could be.
func (v *Views) lookUp(ctx context.Context, codes []string) (known []directory.Practice, missing []string, err error) {
	for _, code := range codes {
		if !directory.IsPracticeCode(code) {
			continue
		}
		doc, found, err := v.Practices.Get(ctx, code)
		switch {
		case err != nil:
			return nil, nil, err
		case found:
			known = append(known, doc.Practice)
		default:
			missing = append(missing, code)
		}
	}
	return known, missing, nil
}

func (v *Views) commissioners(ctx context.Context) ([]directory.Commissioner, error) {
	none := false // as mostly: every command asks
	err := v.read(ctx, func(*bbolt.DB) error { none = v.Commissioners.at.Documents == 0; return nil })
	if err != nil || none {
		return nil, err
	}
	var all []directory.Commissioner
	for doc := range v.Commissioners.All(ctx, &err) {
		all = append(all, doc.Commissioner)
	}
	return all, err
}

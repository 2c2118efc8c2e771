package status

import (
	"iter"
	"slices"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
)

// Row is a case in a list, as it stands on a day.
type Row struct {
	Ref        string            `json:"ref"`
	Title      string            `json:"title"`
	ICB        string            `json:"icb"` // ODS code
	ICBName    string            `json:"icb_name"`
	Service    string            `json:"service"` // slug
	Stage      negotiation.Stage `json:"stage"`
	Version    int               `json:"version"`
	Caseworker string            `json:"caseworker"`
	Practices  int               `json:"practices"` // parties now
	Notices    int               `json:"notices"`   // served and neither withdrawn nor at their end
	Opened     calendar.Date     `json:"opened"`
	Outcome    events.Outcome    `json:"outcome,omitempty"` // of a closed case
	RecordedAt time.Time         `json:"recorded_at"`       // when Parley was last told something about it, UTC
}

// Filter says which cases are wanted: those that match all of what is set.
// Its zero value matches every open case.
type Filter struct {
	Stage      negotiation.Stage
	ICB        string // ODS code
	Practice   string // ODS code of a party
	Service    string // slug
	Caseworker string
	Closed     bool // closed cases too; asking for the stage closed says as much
}

// List returns the cases in files that f matches, as they stand today, by
// reference.
func List(files iter.Seq[negotiation.Casefile], f Filter, today calendar.Date) []Row {
	rows := []Row{}
	for file := range files {
		stage := file.Case.Stage(today)
		if f.matches(file.Case, stage) {
			rows = append(rows, row(file, stage, today))
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Ref, b.Ref) })
	return rows
}

func (f Filter) matches(c negotiation.Case, stage negotiation.Stage) bool {
	if c.Closed != nil && !f.Closed && f.Stage != negotiation.StageClosed || f.Stage != "" && f.Stage != stage {
		return false
	}
	if f.Practice != "" {
		if p, ok := c.Practice(f.Practice); !ok || !p.Party() {
			return false
		}
	}
	is := func(wanted, actual string) bool { return wanted == "" || wanted == actual }
	return is(f.ICB, c.ICB) && is(f.Service, c.Service) && is(f.Caseworker, c.Caseworker)
}

func row(file negotiation.Casefile, stage negotiation.Stage, today calendar.Date) Row {
	c := file.Case
	row := Row{
		Ref: c.Ref, Title: c.Title, ICB: c.ICB, ICBName: c.ICBName, Service: c.Service, Stage: stage,
		Version: file.Version, Caseworker: c.Caseworker, Opened: c.OpenedOn, RecordedAt: file.RecordedAt,
	}
	if c.Closed != nil {
		row.Outcome = c.Closed.Outcome
	}
	for _, p := range c.Practices {
		if p.Party() {
			row.Practices++
		}
		switch p.NoticeState(today) {
		case negotiation.Served, negotiation.Acknowledged:
			row.Notices++
		}
	}
	return row
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"parley/projections/status"
	"parley/projections/timeline"
)

// casePage writes a case as people read it, within a width where there is one.
type casePage struct {
	w     io.Writer
	width int
}

// field writes a name and its value.
func (p *casePage) field(name, format string, args ...any) {
	hanging(p.w, fmt.Sprintf("%-11s ", name), oneLine(fmt.Sprintf(format, args...)), p.width)
}

// section begins a new part of the page.
func (p *casePage) section(heading string) { _, _ = fmt.Fprintf(p.w, "\n%s\n", heading) }

// item writes a line of a section, under a lead.
func (p *casePage) item(lead, format string, args ...any) {
	hanging(p.w, "  "+lead+"  ", oneLine(fmt.Sprintf(format, args...)), p.width)
}

// write writes the page. asOf is zero for the present.
func (p *casePage) write(d status.Detail, asOf time.Time, zone *time.Location) {
	hanging(p.w, d.Ref+"  ", oneLine(d.Title), p.width)
	if !asOf.IsZero() {
		_, _ = fmt.Fprintf(p.w, "as it was known on %s\n", asOf.In(zone).Format("Mon 2 Jan 2006 15:04"))
	}
	_, _ = fmt.Fprintln(p.w)
	p.field("Stage", "%s (version %d)", d.Stage, d.Version)
	p.field("ICB", "%s (%s)", d.ICBName, d.ICB)
	if len(d.Responsible) > 0 && !slices.Equal(d.Responsible, []string{d.ICB}) {
		p.field("Responsible", "%s", strings.Join(d.Responsible, ", "))
	}
	p.field("Service", "%s", d.Service)
	p.field("Opened", "%s", d.Opened.Long())
	if d.Caseworker != "" {
		p.field("Caseworker", "%s", d.Caseworker)
	}
	if d.Closed != nil {
		p.field("Closed", "%s, %s", d.Closed.On.Long(), d.Closed.Outcome)
	}
	if m := d.Mandate; m != nil {
		p.field("Mandate", "%s (by %s, no lower than %s; confidential)", m.Text, m.By, timeline.Pounds(m.FloorPence))
	}
	p.ground(d)
	p.offers(d)
	p.practices(d)
	p.procedures(d)
	p.closures(d)
	p.deadlines(d)
}

// ground writes on what the case rests: contracts, activity, cost.
func (p *casePage) ground(d status.Detail) {
	if len(d.Contracts)+len(d.Evidence)+len(d.Costs) > 0 {
		p.section("Ground")
	}
	who := func(practice string) string {
		if practice == "" {
			practice = "all"
		}
		return fmt.Sprintf("%-6s", practice)
	}
	for _, c := range d.Contracts {
		clause := ""
		if !c.Notice.IsZero() {
			clause = ", notice " + c.Notice.Long()
			if c.ToMonthEnd {
				clause += " to the end of a month"
			}
		}
		if c.Clause != "" {
			clause += " (" + c.Clause + ")"
		}
		p.item(who(c.Practice), "contract: %s%s", c.Position, clause)
	}
	for _, e := range d.Evidence {
		p.item(who(e.Practice), "%d %s, %s to %s (%s)", e.Activity, e.Unit, e.From.Long(), e.Until.Long(), e.Source)
	}
	for _, c := range d.Costs {
		p.item(who(c.Practice), "costs %s (%s)", timeline.Price(c.Pence, c.Unit), c.Basis)
	}
}

func (p *casePage) offers(d status.Detail) {
	if len(d.Offers) > 0 {
		p.section("Offers")
	}
	for _, o := range d.Offers {
		reply := ""
		if o.State == "standing" && !o.ReplyBy.IsZero() {
			reply = ", reply by " + o.ReplyBy.Long()
		}
		p.item(fmt.Sprintf("%2d  round %d  %s", o.Offer, o.Round, o.By), "%s from %s: %s%s", timeline.Price(o.PricePence, o.Unit), o.From.Long(), o.State, reply)
	}
	a := d.Agreement
	if a == nil {
		return
	}
	p.section("Agreement")
	p.item(fmt.Sprintf("offer %d", a.Offer), "accepted %s", a.On.Long())
	if !a.Signed.IsZero() {
		p.item("signed ", "%s", a.Signed.Long())
	}
	if !a.Funded.IsZero() {
		p.item("funded ", "%s", a.Funded.Long())
	}
}

func (p *casePage) practices(d status.Detail) {
	if len(d.Practices) > 0 {
		p.section("Practices")
	}
	for _, x := range d.Practices {
		state := string(x.Notice.State)
		switch {
		case !x.Left.IsZero():
			state = "left " + x.Left.Long()
		case !x.Notice.Effective.IsZero():
			state += " " + x.Notice.Ends.Long()
		case x.Notice.Paused && x.Notice.Withdrawn.IsZero():
			state += ", paused"
		case !x.Notice.Ends.IsZero() && x.Notice.Withdrawn.IsZero():
			state += ", ends " + x.Notice.Ends.Long()
		}
		p.item(x.Code, "%-32s  %s", x.Name, state)
	}
}

func (p *casePage) procedures(d status.Detail) {
	if len(d.Disputes)+len(d.Requests) > 0 {
		p.section("Disputes and requests")
	}
	for _, x := range d.Disputes {
		end := ""
		if !x.Determined.IsZero() {
			end = "; determined " + x.Determined.Long()
		}
		p.item(fmt.Sprintf("dispute %d", x.Dispute), "%s, raised %s by the %s: %s%s", x.Procedure, x.On.Long(), x.By, x.About, end)
	}
	for _, x := range d.Requests {
		answer := "; not answered"
		if !x.Answered.IsZero() {
			answer = fmt.Sprintf("; answered %s: %s", x.Answered.Long(), x.Outcome)
		}
		switch {
		case !x.Reviewed.IsZero():
			answer = fmt.Sprintf("; reviewed %s: %s", x.Reviewed.Long(), x.Outcome)
		case !x.ReviewAsked.IsZero():
			answer += "; review asked for " + x.ReviewAsked.Long()
		}
		p.item(fmt.Sprintf("FOI %d    ", x.Request), "to %s on %s: %s%s", x.To, x.On.Long(), x.About, answer)
	}
}

func (p *casePage) closures(d status.Detail) {
	if len(d.Closures) > 0 {
		p.section("List closures")
	}
	for _, x := range d.Closures {
		became := "; not decided"
		switch {
		case !x.Decided.IsZero() && !x.Granted:
			became = "; refused " + x.Decided.Long()
		case !x.Decided.IsZero():
			became = "; granted " + x.Decided.Long()
			if !x.Until.IsZero() {
				became += ", closed until " + x.Until.Long()
			}
		case !x.Acknowledged.IsZero():
			became = "; acknowledged " + x.Acknowledged.Long()
		}
		p.item(x.Practice, "applied %s%s", x.Applied.Long(), became)
	}
	a := d.Award
	if a == nil {
		return
	}
	p.section("Award")
	p.item("intended", "%s", a.Intended.Long())
	if a.Provider != "" {
		p.item("provider", "%s", a.Provider)
	}
	if !a.Decided.IsZero() {
		p.item("decided ", "%s", a.Decided.Long())
	}
}

func (p *casePage) deadlines(d status.Detail) {
	if len(d.Deadlines) > 0 {
		p.section("Deadlines")
	}
	longest := 15
	for _, x := range d.Deadlines {
		longest = max(longest, len(due(x)))
	}
	for _, x := range d.Deadlines {
		p.item(fmt.Sprintf("%-6s %-*s %-11s", x.ID, longest, due(x), daysLeft(x)), "%s", deadlineTitle(x))
	}
}

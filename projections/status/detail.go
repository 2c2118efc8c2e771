package status

import (
	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
)

// Detail is all there is to say about one case on a day. Dates that are none
// are left out; lists are never null. The LMC's mandate is confidential and
// stands apart: WithMandate adds it.
type Detail struct {
	Ref         string                            `json:"ref"`
	Title       string                            `json:"title"`
	LMC         string                            `json:"lmc"`
	ICB         string                            `json:"icb"` // ODS code
	ICBName     string                            `json:"icb_name"`
	Responsible []string                          `json:"responsible"` // that ICB, or who has succeeded it by that day
	Service     string                            `json:"service"`     // slug
	Stage       negotiation.Stage                 `json:"stage"`
	Version     int                               `json:"version"`
	Caseworker  string                            `json:"caseworker"`
	Opened      calendar.Date                     `json:"opened"`
	Closed      *negotiation.Closing              `json:"closed"`
	Practices   []Practice                        `json:"practices"` // in the order of joining
	Contracts   []events.ContractPositionRecorded `json:"contracts"`
	Evidence    []events.EvidenceRecorded         `json:"evidence"`
	Costs       []events.CostRecorded             `json:"costs"`
	Offers      []Offer                           `json:"offers"` // in the order of their numbers
	Agreement   *Agreement                        `json:"agreement"`
	Disputes    []negotiation.Dispute             `json:"disputes"`
	Requests    []negotiation.Request             `json:"requests"`
	Closures    []negotiation.Closure             `json:"closures"`  // of patient lists, in the order of application
	Award       *negotiation.Award                `json:"award"`     // the latest, under the Provider Selection Regime
	Deadlines   []*docket.Row                     `json:"deadlines"` // in the order in which they were set
	Mandate     *events.MandateGiven              `json:"mandate,omitempty"`
}

// Practice is a practice's part in a case, with its notice as it stands.
type Practice struct {
	Code   string        `json:"code"`
	Name   string        `json:"name"`
	Joined calendar.Date `json:"joined"`
	Left   calendar.Date `json:"left,omitzero"`
	Guided calendar.Date `json:"guided,omitzero"`
	Notice Notice        `json:"notice"`
}

// Notice is where a practice stands with its notice.
type Notice struct {
	State        negotiation.NoticeState `json:"state"`
	Served       calendar.Date           `json:"served,omitzero"`
	Deemed       calendar.Date           `json:"deemed,omitzero"`
	Ends         calendar.Date           `json:"ends,omitzero"`    // its last day
	Paused       bool                    `json:"paused,omitempty"` // it stands still, and Ends is not its last day
	Acknowledged calendar.Date           `json:"acknowledged,omitzero"`
	Withdrawn    calendar.Date           `json:"withdrawn,omitzero"`
	Agreed       int                     `json:"agreed,omitempty"` // the offer whose acceptance cancelled it
	Effective    calendar.Date           `json:"effective,omitzero"`
}

// Offer is one side's terms, and what became of them.
type Offer struct {
	Offer   int                    `json:"offer"`
	Round   int                    `json:"round"`
	By      events.Party           `json:"by"`
	State   negotiation.OfferState `json:"state"`
	On      calendar.Date          `json:"on"`
	Decided calendar.Date          `json:"decided,omitzero"`
	events.Terms
	ReplyBy calendar.Date `json:"reply_by,omitzero"`
}

// Agreement is an accepted offer and what followed it.
type Agreement struct {
	Offer    int           `json:"offer"`
	On       calendar.Date `json:"on"`
	Signed   calendar.Date `json:"signed,omitzero"`
	Funded   calendar.Date `json:"funded,omitzero"`
	Document string        `json:"document,omitempty"`
	From     calendar.Date `json:"from,omitzero"`
	Until    calendar.Date `json:"until,omitzero"`
	Review   calendar.Date `json:"review,omitzero"`
}

// Show returns all there is to say about a case on that day, but its mandate.
func Show(file negotiation.Casefile, day docket.Day) Detail {
	c, today := file.Case, day.Today
	d := Detail{
		Ref: c.Ref, Title: c.Title, LMC: c.LMC, ICB: c.ICB, ICBName: c.ICBName, Responsible: day.Responsible(c.ICB), Service: c.Service,
		Stage: c.Stage(today), Version: file.Version, Caseworker: c.Caseworker, Opened: c.OpenedOn, Closed: c.Closed,
		Contracts: list(c.Contracts), Evidence: list(c.Evidence), Costs: list(c.Costs),
		Agreement: agreement(c.Agreement), Disputes: list(c.Disputes), Requests: list(c.Requests),
		Closures: list(c.Closures), Award: c.Award,
		Practices: make([]Practice, 0, len(c.Practices)), Offers: make([]Offer, 0, len(c.Offers)),
	}
	for _, p := range c.Practices {
		d.Practices = append(d.Practices, practice(p, today))
	}
	for _, o := range c.Offers {
		d.Offers = append(d.Offers, Offer{
			Offer: o.Offer, Round: o.Round, By: o.By, State: o.StateOn(today), On: o.On, Decided: o.DecidedOn, Terms: o.Terms, ReplyBy: o.ReplyBy,
		})
	}
	d.Deadlines = docket.Doc{Ref: c.Ref, Title: c.Title, ICB: c.ICB, Closed: c.Closed != nil, Book: c.Deadlines}.Rows(day)
	return d
}

// WithMandate returns d with the mandate of its case, which is for the LMC's
// eyes only.
func (d Detail) WithMandate(file negotiation.Casefile) Detail {
	d.Mandate = file.Case.Mandate
	return d
}

func practice(p negotiation.Practice, today calendar.Date) Practice {
	n := p.Notice
	return Practice{p.Code, p.Name, p.Joined, p.Left, p.Guided, Notice{
		p.NoticeState(today), n.Served, n.Deemed, n.Ends, n.Paused, n.Acknowledged, n.Withdrawn, n.Agreed, n.Effective,
	}}
}

func agreement(a *negotiation.Agreement) *Agreement {
	if a == nil {
		return nil
	}
	shown := Agreement{Offer: a.Offer, On: a.On, Signed: a.Signed, Funded: a.Funded}
	if t := a.Terms; t != nil {
		shown.Document, shown.From, shown.Until, shown.Review = t.Document, t.From, t.Until, t.Review
	}
	return &shown
}

// list returns l, and an empty list for none.
func list[E any](l []E) []E {
	if l == nil {
		return []E{}
	}
	return l
}

package main

import (
	"fmt"
	"time"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

// ending says how far a case has come, and how.
type ending int

const (
	open      ending = iota // in its second round, with half its notices running
	resourced               // agreed, signed, paid and closed
	ceased                  // the notices ran out, and it was closed
)

const (
	commits = 20  // of a case
	longest = 190 // days, at the most, from the first to the last of them
	joined  = 4   // practices in a case
)

// told is a command, and how many days after the case began it is given.
type told struct {
	after int
	cmd   negotiation.Command
}

// course returns the twenty commands of a case that begins on a day.
func course(begun calendar.Date, how ending, codes []string) []told {
	after := begun.AddDays
	months := 9
	if how == ceased {
		months = 3
	}
	all := []told{
		{0, negotiation.OpenCase{Ref: "GLO-26-0000", LMC: "GLO", ICB: standIn.icb, Service: "phlebotomy-secondary", Title: "Bloods for hospitals", Practices: codes}},
		{0, negotiation.Assign{Caseworker: "j.doe"}},
		{7, negotiation.RecordContract{Position: events.ContractPositionRecorded{
			Position: events.RolledOver, TermEnd: after(-340), LastPayment: after(-3), Clause: "14.2",
			Notice: calendar.Period{N: months, Unit: calendar.Months}, Document: "les.pdf",
		}}},
		{14, negotiation.RecordEvidence{Evidence: events.EvidenceRecorded{
			Activity: 41_204, Unit: "blood test", From: after(-370), Until: after(-5), Source: "practices' returns",
		}}},
		{14, negotiation.RecordCost{Cost: events.CostRecorded{Pence: 612, Unit: "blood test", Basis: "11 minutes, band 3"}}},
		{18, negotiation.GiveMandate{Mandate: events.MandateGiven{By: "LMC committee", FloorPence: 480, Text: "no less than cost within two years"}}},
		{21, offer(begun, events.LMC, 650, 59)},
		{31, negotiation.AddNote{Text: "Rang the contracts team: they will answer before the holiday, and ask for the activity by month"}},
		{49, offer(begun, events.ICB, 310, 74)},
		{56, negotiation.RejectOffer{Offer: 2, Why: "half of what it costs"}},
		{56, offer(begun, events.LMC, 600, 120)},
		{63, negotiation.AddNote{Text: "All four practices have confirmed what they can go on with until the summer, and what not"}},
		{70, negotiation.Advise{Practices: codes, Text: "By email, and keep the receipt."}},
		{77, negotiation.ServeNotice{Practices: codes[:joined/2]}},
		{100, negotiation.AcknowledgeNotice{Practices: codes[:joined/2], Document: "ack.eml"}},
	}
	return append(all, outcome(begun, how, codes)...)
}

// outcome returns the last five commands of a case.
func outcome(begun calendar.Date, how ending, codes []string) []told {
	no := negotiation.RejectOffer{Offer: 3, Why: "not in this year's budget"}
	foi := negotiation.SendFOI{About: "spend on phlebotomy in the last three years"}
	answer := negotiation.AnswerFOI{Request: 1, Outcome: events.Disclosed, Text: "all three years", Document: "foi.pdf"}
	switch how {
	case resourced:
		return []told{
			{109, no},
			{140, offer(begun, events.ICB, 585, 182)},
			{150, negotiation.AcceptOffer{Offer: 4}},
			{165, negotiation.Sign{Document: "agreement.pdf"}},
			{185, negotiation.Close{Outcome: events.Resourced, Text: "a little under what was asked"}},
		}
	case ceased:
		return []told{
			{109, no},
			{122, foi},
			{143, answer},
			{176, negotiation.EffectNotice{Practices: codes[:joined/2]}},
			{185, negotiation.Close{Outcome: events.Ceased, Text: "the hospital takes its own bloods now"}},
		}
	}
	return []told{
		{109, no},
		{112, negotiation.LogMeeting{Meeting: events.MeetingLogged{With: events.ICB, Text: "The chair came along: they will look at the price again"}}},
		{122, foi},
		{143, answer},
		{180, negotiation.AddNote{Text: "Nearly there: asked whether the price rises with the index from the second year onwards"}},
	}
}

// offer is an offer in a case that began on a day, to be answered within so many
// days from then on.
func offer(begun calendar.Date, by events.Party, pence int64, reply int) negotiation.TableOffer {
	return negotiation.TableOffer{By: by, ReplyBy: begun.AddDays(reply), Terms: events.Terms{
		PricePence: pence, Unit: "blood test", From: begun.AddDays(210), Until: begun.AddDays(2036), Review: begun.AddDays(1854),
	}}
}

// working returns the day itself, or the Monday after it.
func working(d calendar.Date) calendar.Date {
	switch d.Weekday() {
	case time.Saturday:
		return d.AddDays(2)
	case time.Sunday:
		return d.AddDays(1)
	}
	return d
}

// step is one commit of a case: what was decided on a day.
type step struct {
	on    calendar.Date
	facts []events.Fact
}

// standIn is the practices and the ICB of a template. Those of each case take
// their place.
var standIn = struct {
	icb       string
	practices [joined]string
}{"QR1", [joined]string{"Z99001", "Z99002", "Z99003", "Z99004"}}

// template returns the twenty commits of a case that begins on a day, as the
// rules decide them, with practices that stand in for those of each case.
func template(begun calendar.Date, how ending) ([]step, error) {
	var known []directory.Practice
	for _, code := range standIn.practices {
		known = append(known, directory.Practice{}.Apply(events.Fact{On: begun, Event: events.PracticeListed{
			Practice: code, Name: "A SURGERY", ICB: standIn.icb, Opened: calendar.On(1974, time.April, 1),
		}}))
	}
	bodies := directory.New().With(known...)
	var c negotiation.Case
	var steps []step
	for i, s := range course(begun, how, standIn.practices[:]) {
		on := working(begun.AddDays(s.after))
		facts, err := negotiation.Decide(c, s.cmd, negotiation.Circumstances{Today: on, Calendar: calendar.Builtin(), Version: i + 1, Bodies: bodies})
		if err != nil || len(facts) == 0 {
			return nil, fmt.Errorf("step %d of a case of %s, %T: %d facts: %w", i+1, begun, s.cmd, len(facts), err)
		}
		c = negotiation.Evolve(c, facts...)
		steps = append(steps, step{on, facts})
	}
	return steps, nil
}

package main

import (
	"fmt"
	"time"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

// The directory of a benchmark has as many practices as England's.
const (
	england   = 6_203
	practices = 80 // of them in the LMC
	joined    = 4  // in a case
)

func day(month time.Month, day int) calendar.Date { return calendar.On(2026, month, day) }

func code(i int) string { return fmt.Sprintf("L%05d", 10_001+i) }

// listed returns the facts with which the directory begins.
func listed() []events.Fact {
	facts := []events.Fact{{On: day(time.January, 5), Event: events.PracticesImported{Practices: england}}}
	for i := range england {
		facts = append(facts, practice(i))
	}
	return facts
}

// practice is the fact that lists a practice.
func practice(i int) events.Fact {
	return events.Fact{On: day(time.January, 5), Event: events.PracticeListed{
		Practice: code(i), Name: fmt.Sprintf("SURGERY NUMBER %d", i+1), ICB: "QR1", Opened: calendar.On(1974, time.April, 1),
	}}
}

// step is one commit of a case: what was decided on a day.
type step struct {
	on    calendar.Date
	facts []events.Fact
}

// template returns the twenty commits of a case as the rules decide them, with
// practices from the first'th of the LMC on.
func template(first int) ([]step, error) {
	codes := make([]string, joined)
	known := make([]directory.Practice, joined)
	for i := range codes {
		codes[i] = code((first + i) % practices)
		known[i] = directory.Practice{}.Apply(practice((first + i) % practices))
	}
	bodies := directory.New().With(known...)
	var c negotiation.Case
	var steps []step
	for i, s := range course(codes) {
		facts, err := negotiation.Decide(c, s.cmd, negotiation.Circumstances{Today: s.on, Calendar: calendar.Builtin(), Version: i + 1, Bodies: bodies})
		if err != nil || len(facts) == 0 {
			return nil, fmt.Errorf("step %d of the case, %T: %d facts: %w", i+1, s.cmd, len(facts), err)
		}
		c = negotiation.Evolve(c, facts...)
		steps = append(steps, step{s.on, facts})
	}
	return steps, nil
}

// told is a command and the day on which it is given.
type told struct {
	on  calendar.Date
	cmd negotiation.Command
}

// course is the course of a case: twenty commands. It is left in the middle of
// its second round, with half its notices running.
func course(codes []string) []told {
	offer := func(by events.Party, pence int64, reply calendar.Date) negotiation.TableOffer {
		return negotiation.TableOffer{By: by, ReplyBy: reply, Terms: events.Terms{
			PricePence: pence, Unit: "blood test", From: day(time.October, 1), Until: calendar.On(2028, time.March, 31), Review: calendar.On(2027, time.October, 1),
		}}
	}
	note := func(text string) negotiation.AddNote { return negotiation.AddNote{Text: text} }
	letter := func(subject string) negotiation.LogLetter {
		return negotiation.LogLetter{Letter: events.LetterLogged{
			Direction: events.In, With: events.ICB, Method: events.Email, Subject: subject, Document: "letter.eml",
		}}
	}
	const march, april, may, june, july, august = time.March, time.April, time.May, time.June, time.July, time.August
	return []told{
		{day(march, 2), negotiation.OpenCase{Ref: "GLO-26-0000", LMC: "GLO", ICB: "QR1", Service: "phlebotomy-secondary", Title: "Bloods for hospitals", Practices: codes}},
		{day(march, 2), negotiation.Assign{Caseworker: "j.doe"}},
		{day(march, 9), negotiation.RecordContract{Position: events.ContractPositionRecorded{
			Position: events.RolledOver, TermEnd: calendar.On(2025, march, 31), LastPayment: day(time.February, 27), Clause: "14.2",
			Notice: calendar.Period{N: 9, Unit: calendar.Months}, Document: "les-2024.pdf",
		}}},
		{day(march, 16), negotiation.RecordEvidence{Evidence: events.EvidenceRecorded{
			Activity: 41_204, Unit: "blood test", From: calendar.On(2025, april, 1), Until: day(time.February, 28), Source: "practices' returns",
		}}},
		{day(march, 16), negotiation.RecordCost{Cost: events.CostRecorded{Pence: 612, Unit: "blood test", Basis: "11 minutes, band 3"}}},
		{day(march, 20), negotiation.GiveMandate{Mandate: events.MandateGiven{By: "LMC committee", FloorPence: 480, Text: "no less than cost by 2028"}}},
		{day(march, 23), offer(events.LMC, 650, day(april, 30))},
		{day(april, 2), note("Rang the contracts team: they will answer before Easter, and ask for the activity by month")},
		{day(april, 20), offer(events.ICB, 310, day(may, 15))},
		{day(april, 27), negotiation.RejectOffer{Offer: 2, Why: "half of what it costs"}},
		{day(april, 27), offer(events.LMC, 600, day(may, 29))},
		{day(may, 4), note("All four practices have confirmed what they can go on with until the summer, and what not")},
		{day(may, 11), negotiation.Advise{Practices: codes, Text: "Nine months, by email, and keep the receipt."}},
		{day(may, 18), negotiation.ServeNotice{Practices: codes[:joined/2]}},
		{day(june, 10), negotiation.AcknowledgeNotice{Practices: codes[:joined/2], Document: "ack.eml"}},
		{day(june, 19), letter("Let us talk again")},
		{day(june, 22), note("Meeting offered for the second week of July; the chair will come along if it is a Tuesday")},
		{day(july, 2), negotiation.SendFOI{About: "spend on phlebotomy since 2023"}},
		{day(july, 20), offer(events.ICB, 525, day(august, 31))},
		{day(july, 22), note("Nearly there: asked whether the price rises with the index from the second year onwards")},
	}
}

package directory

import (
	"testing"

	"parley/domain/calendar"
	"parley/events"
)

var (
	densham  = Listing{Practice: "A81001", Name: "THE DENSHAM SURGERY", ICB: "QHM", Opened: on("1974-04-01")}
	imported = fact("2025-09-01", events.PracticesImported{Practices: 1})
	listing  = fact("2025-09-01", events.PracticeListed{Practice: "A81001", Name: "THE DENSHAM SURGERY", ICB: "QHM", Opened: on("1974-04-01")})
)

// but returns densham changed.
func but(change func(*Listing)) Listing {
	l := densham
	change(&l)
	return l
}

func list(asAt string, l ...Listing) Import { return Import{Listings: l, AsAt: on(asAt)} }

func newList(asAt string) events.Fact {
	return fact(asAt, events.PracticesImported{Practices: 1})
}

func TestImport(t *testing.T) {
	closed := events.PracticeClosed{Practice: "A81001"}
	closedIn := func(last string) Listing { return but(func(l *Listing) { l.Closed = on(last) }) }

	spec(t, "a practice that is not known is listed",
		given(), when(list("2025-09-01", densham)), then(imported, listing))
	spec(t, "the same list again says nothing new",
		given(imported, listing), when(list("2025-09-01", densham)), nothing())
	spec(t, "a newer list that changes nothing still is the newest",
		given(imported, listing), when(list("2026-02-03", densham)), then(newList("2026-02-03")))
	spec(t, "a practice closed on the day the list gives",
		given(imported, listing), when(list("2026-02-03", closedIn("2025-12-31"))),
		then(newList("2026-02-03"), fact("2025-12-31", closed)))
	spec(t, "a closing known ahead is entered ahead",
		given(imported, listing), when(list("2026-02-03", closedIn("2026-12-31"))),
		then(newList("2026-02-03"), fact("2026-12-31", closed)))
	spec(t, "a corrected closing day counts",
		given(imported, listing, fact("2025-12-31", closed)), when(list("2026-02-03", closedIn("2025-10-31"))),
		then(newList("2026-02-03"), fact("2025-10-31", closed)))
	spec(t, "a practice that is open again is so since the list's day",
		given(imported, listing, fact("2025-12-31", closed)), when(list("2026-02-03", densham)),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeReopened{Practice: "A81001"})))
	spec(t, "or since the day it opened, if the list gives a later one",
		given(imported, listing, fact("2025-12-31", closed)),
		when(list("2026-02-03", but(func(l *Listing) { l.Opened = on("2026-01-15") }))),
		then(newList("2026-02-03"), fact("2026-01-15", events.PracticeReopened{Practice: "A81001"})))
	spec(t, "a closing that was called off leaves no gap",
		given(imported, listing, fact("2026-12-31", closed)), when(list("2026-02-03", densham)),
		then(newList("2026-02-03"), fact("2027-01-01", events.PracticeReopened{Practice: "A81001"})))
	spec(t, "a practice is renamed as at the list's day",
		given(imported, listing), when(list("2026-02-03", but(func(l *Listing) { l.Name = "DENSHAM HEALTH" }))),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeRenamed{Practice: "A81001", Name: "DENSHAM HEALTH"})))
	spec(t, "a practice that had closed by then is neither renamed nor moved",
		given(imported, listing),
		when(list("2026-02-03", but(func(l *Listing) { l.Closed, l.Name, l.ICB = on("2025-12-31"), "DENSHAM HEALTH", "QOQ" }))),
		then(newList("2026-02-03"), fact("2025-12-31", closed)))
	spec(t, "practices that a list leaves out stay as they are",
		given(imported, listing), when(list("2026-02-03")), then(fact("2026-02-03", events.PracticesImported{})))
}

func TestMoves(t *testing.T) {
	moved := func(day, icb string) events.Fact {
		return fact(day, events.PracticeMoved{Practice: "A81001", ICB: icb})
	}
	to := func(icb, joined string) Listing {
		return but(func(l *Listing) {
			l.ICB = icb
			if joined != "" {
				l.Joined = on(joined)
			}
		})
	}
	spec(t, "a practice is moved on the day it joined",
		given(imported, listing), when(list("2026-02-03", to("QOQ", "2026-01-01"))), then(newList("2026-02-03"), moved("2026-01-01", "QOQ")))
	spec(t, "but not on one before it came under the ICB before",
		given(imported, listing), when(list("2026-02-03", to("QOQ", "2020-04-01"))), then(newList("2026-02-03"), moved("2026-02-03", "QOQ")))
	spec(t, "nor on one after the list's day",
		given(imported, listing), when(list("2026-02-03", to("QOQ", "2026-04-01"))), then(newList("2026-02-03"), moved("2026-02-03", "QOQ")))

	sussex := fact("2025-09-01", events.PracticeListed{Practice: "A81001", Name: "THE DENSHAM SURGERY", ICB: "QNX", Opened: on("1974-04-01")})
	spec(t, "a successor takes over on its first day, whenever the list says so",
		given(imported, sussex), when(list("2026-07-01", to("S9B9J", "2020-04-01"))), then(newList("2026-07-01"), moved("2026-04-01", "S9B9J")))
	spec(t, "and not before it exists",
		given(imported, sussex), when(list("2026-07-01", to("S9B9J", "2025-10-01"))), then(newList("2026-07-01"), moved("2026-04-01", "S9B9J")))
	spec(t, "a practice that opens again comes under an ICB then",
		given(imported, fact("2025-09-01", events.PracticeListed{
			Practice: "A81001", Name: "THE DENSHAM SURGERY", Opened: on("1974-04-01"), Closed: on("2013-03-31"),
		})),
		when(list("2026-02-03", densham)),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeReopened{Practice: "A81001"}), moved("2026-02-03", "QHM")))
}

func TestDoubtfulICBsMoveNobody(t *testing.T) {
	doubted := func(l Listing) Import {
		cmd := list("2026-02-03", l)
		cmd.Doubtful = []string{"A81001"}
		return cmd
	}
	there := but(func(l *Listing) { l.ICB, l.Name = "QOQ", "DENSHAM HEALTH" })
	spec(t, "a practice that is known stays where it was, whatever else changes",
		given(imported, listing), when(doubted(there)),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeRenamed{Practice: "A81001", Name: "DENSHAM HEALTH"})))
	spec(t, "one that is not is taken as published", given(), when(doubted(there)),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeListed{Practice: "A81001", Name: "DENSHAM HEALTH", ICB: "QOQ", Opened: on("1974-04-01")})))
	spec(t, "as is one that was under none",
		given(imported, fact("2025-09-01", events.PracticeListed{Practice: "A81001", Name: "DENSHAM HEALTH", Opened: on("1974-04-01"), Closed: on("2013-03-31")})),
		when(doubted(there)),
		then(newList("2026-02-03"), fact("2026-02-03", events.PracticeReopened{Practice: "A81001"}), fact("2026-02-03", events.PracticeMoved{Practice: "A81001", ICB: "QOQ"})))
}

func TestMovePractice(t *testing.T) {
	move := func(icb, from string) MovePractice { return MovePractice{"A81001", icb, on(from)} }
	moved := func(day, icb string) events.Fact {
		return fact(day, events.PracticeMoved{Practice: "A81001", ICB: icb})
	}
	spec(t, "a practice is put under an ICB", given(imported, listing), when(move("QOQ", "2026-01-01")), then(moved("2026-01-01", "QOQ")))
	spec(t, "where it is already", given(imported, listing), when(move("QHM", "2026-01-01")), nothing())
	spec(t, "what a list said since is overruled", given(imported, listing, moved("2026-02-03", "QOQ")), when(move("QHM", "2026-02-03")), then(moved("2026-02-03", "QHM")))
	spec(t, "also from an earlier day on", given(imported, listing, moved("2026-02-03", "QOQ")), when(move("QHM", "2026-01-01")), then(moved("2026-01-01", "QHM")))
	spec(t, "a practice is known", given(), when(move("QOQ", "2026-01-01")), refused(ErrUnknownPractice))
	spec(t, "by its code", given(), when(MovePractice{"a81001", "QOQ", on("2026-01-01")}), refused(ErrMalformedCode))
	spec(t, "and open", given(imported, listing, fact("2025-12-31", events.PracticeClosed{Practice: "A81001"})), when(move("QOQ", "2026-01-01")), refused(ErrNotOpen))
	spec(t, "an ICB is known", given(imported, listing), when(move("QZZ", "2026-01-01")), refused(ErrUnknownCommissioner))
	spec(t, "by its code", given(imported, listing), when(move("Bristol", "2026-01-01")), refused(ErrMalformedCode))
	spec(t, "and exists", given(imported, listing), when(move("QNX", "2026-04-01")), refused(ErrAbolished))
	spec(t, "by then", given(imported, listing), when(move("S9B9J", "2026-03-31")), refused(ErrNotYetEstablished))
	spec(t, "since a day", given(imported, listing), when(MovePractice{Practice: "A81001", ICB: "QOQ"}), refused(ErrIncomplete))
	spec(t, "that has come", given(imported, listing), when(move("QOQ", "2026-11-23")), refused(ErrFutureMove))
}

func TestWhichCommandFactsAnswerTo(t *testing.T) {
	moved := fact("2026-01-01", events.PracticeMoved{Practice: "A81001", ICB: "QOQ"})
	established := fact("2027-04-01", events.CommissionerEstablished{ICB: "V1A2B", Name: "x"})
	abolished := fact("2027-03-31", events.CommissionerAbolished{ICB: "QR1"})
	commands := []Command{Import{}, MovePractice{}, EstablishCommissioner{}, AbolishCommissioner{}}
	for what, c := range map[string]struct {
		facts []events.Fact
		want  []bool
	}{
		"nothing":          {nil, []bool{true, true, true, true}},
		"a list":           {given(imported, listing), []bool{true, false, false, false}},
		"a move":           {given(moved), []bool{true, true, false, false}},
		"two moves":        {given(moved, moved), []bool{true, false, false, false}},
		"an establishment": {given(established), []bool{false, false, true, false}},
		"an abolition":     {given(abolished), []bool{false, false, false, true}},
	} {
		for i, cmd := range commands {
			if got := MayCause(cmd, c.facts); got != c.want[i] {
				t.Errorf("%s of %T: %t", what, cmd, got)
			}
		}
	}
}

func TestAnOlderListUndoesNothing(t *testing.T) {
	known := given(imported, listing, newList("2026-02-03"),
		fact("2025-06-30", events.PracticeClosed{Practice: "A81001"}))
	spec(t, "what it says of known practices was overtaken",
		known, when(list("2025-09-01", densham)), nothing())
	other := but(func(l *Listing) { l.Practice, l.Name = "A81002", "QUEENS PARK MEDICAL CENTRE" })
	spec(t, "what it says of others is news",
		known, when(list("2025-09-01", densham, other)),
		then(fact("2025-09-01", events.PracticeListed{
			Practice: "A81002", Name: "QUEENS PARK MEDICAL CENTRE", ICB: "QHM", Opened: on("1974-04-01"),
		})))
}

func TestImportRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		cmd  Import
		want error
	}{
		"a list of tomorrow":          {list("2026-11-23", densham), ErrFutureEdition},
		"a list of no day":            {Import{Listings: []Listing{densham}}, ErrNoEdition},
		"a malformed code":            {list("2026-02-03", but(func(l *Listing) { l.Practice = "a81001" })), ErrMalformedCode},
		"a practice listed twice":     {list("2026-02-03", densham, densham), ErrBadListing},
		"a practice without a name":   {list("2026-02-03", but(func(l *Listing) { l.Name = "" })), ErrBadListing},
		"one that never opened":       {list("2026-02-03", but(func(l *Listing) { l.Opened = calendar.Date{} })), ErrBadListing},
		"closing before opening":      {list("2026-02-03", but(func(l *Listing) { l.Closed = on("1974-03-31") })), ErrBadListing},
		"an open one without an ICB":  {list("2026-02-03", but(func(l *Listing) { l.ICB = "" })), ErrBadListing},
		"an ICB that nobody knows":    {list("2026-02-03", but(func(l *Listing) { l.ICB = "QZZ" })), ErrUnknownCommissioner},
		"an ICB's code in small type": {list("2026-02-03", but(func(l *Listing) { l.ICB = "qhm" })), ErrUnknownCommissioner},
	} {
		spec(t, name, given(), when(c.cmd), refused(c.want))
	}
}

func TestEstablishCommissioner(t *testing.T) {
	const name = "NHS Severn and Avon Integrated Care Board"
	establish := EstablishCommissioner{ICB: "V1A2B", Name: name, From: on("2027-04-01")}
	established := fact("2027-04-01", events.CommissionerEstablished{ICB: "V1A2B", Name: name})

	spec(t, "an ICB may be entered ahead of its first day", given(), when(establish), then(established))
	spec(t, "what is built in is known", given(),
		when(EstablishCommissioner{"QR1", "NHS Gloucestershire Integrated Care Board", on("2022-07-01")}), nothing())
	spec(t, "a code is given once", given(established), when(EstablishCommissioner{"V1A2B", "Another", on("2027-04-01")}), refused(ErrExists))
	spec(t, "not one that is built in", given(), when(EstablishCommissioner{"QR1", name, on("2027-04-01")}), refused(ErrExists))
	spec(t, "a code has its shape", given(), when(EstablishCommissioner{"GLOS", name, on("2027-04-01")}), refused(ErrMalformedCode))
	spec(t, "an ICB has a name", given(), when(EstablishCommissioner{"V1A2B", " ", on("2027-04-01")}), refused(ErrIncomplete))
	spec(t, "an ICB has a first day", given(), when(EstablishCommissioner{ICB: "V1A2B", Name: name}), refused(ErrIncomplete))
}

func TestAbolishCommissioner(t *testing.T) {
	established := fact("2027-04-01", events.CommissionerEstablished{ICB: "V1A2B", Name: "NHS Severn and Avon Integrated Care Board"})
	abolish := func(icb, last string, successors ...string) Command {
		return AbolishCommissioner{icb, on(last), successors}
	}
	abolished := func(successors ...string) events.Fact {
		return fact("2027-03-31", events.CommissionerAbolished{ICB: "QR1", Successors: successors})
	}
	spec(t, "an ICB gives way to another", given(established), when(abolish("QR1", "2027-03-31", "V1A2B")), then(abolished("V1A2B")))
	spec(t, "or to several, in any order", given(established), when(abolish("QR1", "2027-03-31", "V1A2B", "QSL", "V1A2B")), then(abolished("QSL", "V1A2B")))
	spec(t, "and does so once", given(established, abolished("QSL", "V1A2B")), when(abolish("QR1", "2027-03-31", "V1A2B", "QSL")), nothing())
	spec(t, "not otherwise a second time", given(established, abolished("V1A2B")), when(abolish("QR1", "2027-04-30", "V1A2B")), refused(ErrAbolished))
	spec(t, "what is built in is known", given(), when(abolish("QNQ", "2026-03-31", "QRL", "S0E4D", "S9B9J")), nothing())
	spec(t, "somebody takes over", given(), when(abolish("QR1", "2027-03-31")), refused(ErrIncomplete))
	spec(t, "who is known", given(), when(abolish("QR1", "2027-03-31", "V1A2B")), refused(ErrUnknownCommissioner))
	spec(t, "and exists by then", given(established), when(abolish("QR1", "2027-03-30", "V1A2B")), refused(ErrNotYetEstablished))
	spec(t, "and exists still", given(), when(abolish("QR1", "2027-03-31", "QNX")), refused(ErrAbolished))
	spec(t, "and is not the same", given(), when(abolish("QR1", "2027-03-31", "QR1")), refused(ErrOwnSuccessor))
	spec(t, "not before it began", given(), when(abolish("QR1", "2022-06-30", "QSL")), refused(ErrBackwards))
	spec(t, "on a day", given(), when(AbolishCommissioner{ICB: "QR1", Successors: []string{"QSL"}}), refused(ErrIncomplete))
	spec(t, "an unknown one cannot end", given(), when(abolish("QZZ", "2027-03-31", "QSL")), refused(ErrUnknownCommissioner))
	spec(t, "nor a malformed one", given(), when(abolish("Bristol", "2027-03-31", "QSL")), refused(ErrMalformedCode))
}

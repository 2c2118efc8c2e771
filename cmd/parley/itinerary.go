package main

import "strings"

// step is one command of the tour: what is said before it, when it is, the
// arguments, and the exit code that it is to end with.
type step struct {
	says  string
	clock string
	args  []string
	exit  int
}

// severnshire returns a list of fictional practices in the layout of ODS.
func severnshire() string {
	var b strings.Builder
	for _, p := range [][2]string{
		{"X99001", "ABBEY ROAD SURGERY"},
		{"X99002", "BRIDGE STREET PRACTICE"},
		{"X99003", "CHURCH FARM SURGERY"},
		{"X99004", "DOCKSIDE MEDICAL CENTRE"},
		{"X99005", "ELM TREE SURGERY"},
	} {
		fields := make([]string, 27)
		fields[0], fields[1], fields[3] = p[0], p[1], "X1X1X"
		fields[10], fields[12], fields[25] = "19740401", "ACTIVE", "RO76"
		b.WriteString(`"` + strings.Join(fields, `","`) + `"` + "\r\n")
	}
	return b.String()
}

// itinerary returns the steps of the tour. list is the file with its practices.
func itinerary(list string) []step {
	const ref = "SEV-26-0001"
	at := func(clock string, args ...string) step { return step{clock: clock + ":00Z", args: args} }
	say := func(says string, s step) step { s.says = says; return s }
	refused := func(s step) step { s.exit = exitRefused; return s }
	return []step{
		say("A store for the LMC, and the bodies of the area", at("2026-03-02T09:00",
			"init", "--lmc", "Severnshire LMC", "--code", "SEV", "--actor", "jo", "--rehearsal")),
		at("2026-03-02T09:05", "directory", "establish", "X1X1X", "--name", "NHS Severnshire Integrated Care Board", "--from", "2022-07-01"),
		at("2026-03-02T09:06", "directory", "import", list, "--as-at", "2026-02-27"),

		say("A gap is reported: practices take blood for the hospital, unpaid", at("2026-03-02T09:30",
			"case", "open", "--icb", "X1X1X", "--service", "phlebotomy-secondary", "--title", "Blood tests for the hospital",
			"--practice", "X99001,X99002,X99003,X99004")),
		at("2026-03-02T09:40", "contract", "record", ref, "--position", "none"),
		at("2026-03-02T09:42", "contract", "record", ref, "--practice", "X99001", "--position", "signed", "--clause", "LES 9.2", "--notice", "6m"),
		at("2026-03-02T09:43", "contract", "record", ref, "--practice", "X99002", "--position", "signed", "--clause", "LES 9.2", "--notice", "3m"),
		at("2026-03-02T09:44", "contract", "record", ref, "--practice", "X99003", "--position", "rolled-over", "--term-end", "2024-03-31",
			"--clause", "2019 LES, 14", "--notice", "6m", "--to-month-end"),
		at("2026-03-02T09:45", "contract", "record", ref, "--practice", "X99004", "--position", "signed", "--clause", "LES 11", "--notice", "12w"),

		say("What it amounts to, and what the LMC may agree to", at("2026-03-16T10:00",
			"evidence", "activity", ref, "--count", "9240", "--unit", "samples", "--from", "2025-04-01", "--until", "2026-02-28", "--source", "searches of four clinical systems")),
		at("2026-03-16T10:10", "evidence", "cost", ref, "--amount", "4.62", "--unit", "per sample", "--basis", "twelve minutes, consumables, chasing results"),
		at("2026-03-20T12:00", "mandate", "record", ref, "--by", "committee of 19 March", "--floor", "4.20", "--text", "Not below cost for long; notice if refused"),

		say("Proposal, a low offer, a counter-proposal", at("2026-03-23T09:00",
			"offer", "submit", ref, "--price", "4.80", "--unit", "per sample", "--from", "2026-07-01", "--reply-by", "2026-04-17")),
		at("2026-04-14T16:00", "offer", "receive", ref, "--price", "2.10", "--unit", "per sample", "--from", "2026-07-01", "--reply-by", "2026-05-08"),
		at("2026-04-20T11:00", "offer", "reject", ref, "--offer", "2", "--text", "Less than half of what it costs"),
		at("2026-04-20T11:05", "offer", "submit", ref, "--price", "4.50", "--unit", "per sample", "--from", "2026-07-01", "--reply-by", "2026-05-08"),
		at("2026-05-11T08:45", "deadline", "list"),

		say("No answer. Guidance first: Parley refuses a notice without it", refused(at("2026-05-11T09:00",
			"notice", "serve", ref, "--practice", "X99001"))),
		at("2026-05-11T09:10", "notice", "advise", ref, "--practice", "X99001,X99002,X99003,X99004", "--text", "Serve under your own contract's clause; send it yourselves, copy us in"),

		say("Each practice serves its own notice, under its own clause", at("2026-05-18T17:00",
			"notice", "serve", ref, "--practice", "X99001", "--on", "2026-05-15")),
		at("2026-05-29T10:00", "notice", "serve", ref, "--practice", "X99002", "--method", "post", "--sent", "2026-05-28", "--deemed", "2026-06-01", "--on", "2026-05-28"),
		at("2026-05-29T10:05", "notice", "serve", ref, "--practice", "X99003", "--on", "2026-05-29"),
		at("2026-06-01T09:00", "notice", "serve", ref, "--practice", "X99004"),
		at("2026-06-10T09:00", "notice", "acknowledge", ref, "--practice", "X99001,X99002,X99003,X99004", "--document", "ICB/2026/114"),
		at("2026-06-10T09:05", "deadline", "list", "--owner", "practice"),
		say("Any date can be checked by hand", at("2026-06-10T09:06", "deadline", "explain", ref, "D17.1")),
		at("2026-06-10T09:07", "deadline", "compute", "foi-respond", "--from", "2026-11-02"),
		at("2026-07-20T14:00", "notice", "withdraw", ref, "--practice", "X99002", "--text", "Short of staff to tell patients"),
		at("2026-08-25T08:40", "notice", "effect", ref, "--practice", "X99004", "--on", "2026-08-24"),

		say("The ICB comes back to the table", at("2026-09-07T15:00",
			"offer", "receive", ref, "--price", "4.35", "--unit", "per sample", "--from", "2026-10-01", "--until", "2028-03-31", "--review", "2027-09-30", "--reply-by", "2026-09-30")),

		say("A letter turns up late, and a date was wrong", at("2026-09-10T09:00",
			"letter", "log", ref, "--direction", "in", "--subject", "ICB: proposal in September", "--document", "ICB/2026/131", "--on", "2026-07-31")),
		at("2026-09-10T09:20", "case", "correct", ref, "--event", "15.1", "--moved", "2026-05-18", "--text", "The practice's own copy is dated the 18th"),

		say("Agreement: running notices are cancelled; one has taken effect already", at("2026-09-14T12:00",
			"offer", "accept", ref, "--offer", "4")),
		at("2026-09-21T10:00", "agreement", "sign", ref, "--document", "Variation 3"),
		at("2026-10-01T09:00", "agreement", "fund", ref, "--amount", "3349.50", "--text", "First month"),

		say("Everything that was recorded, and when Parley was told", at("2026-10-01T09:10", "case", "timeline", ref)),
		say("What is due now", at("2026-10-01T09:11", "deadline", "list")),
		say("Where the case stands", at("2026-10-01T09:12", "case", "show", ref)),
		say("The same case as it was known a month before", at("2026-10-01T09:13", "case", "show", ref, "--as-of", "2026-09-01")),
		say("Closed, with nothing lost", at("2026-10-01T09:20", "case", "close", ref, "--outcome", "resourced", "--text", "Paid from October")),
		at("2026-10-01T09:21", "verify"),
	}
}

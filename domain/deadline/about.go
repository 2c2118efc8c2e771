package deadline

import "fmt"

// About returns what a deadline is about, by the numbers of the offer, the
// request and the dispute that are not 0, in that order: request 1.
func About(offer, request, dispute int) []string {
	var said []string
	for _, x := range []struct {
		what   string
		number int
	}{{"offer", offer}, {"request", request}, {"dispute", dispute}} {
		if x.number != 0 {
			said = append(said, fmt.Sprintf("%s %d", x.what, x.number))
		}
	}
	return said
}

// Titled returns the title of the clock's deadline as people tell it from others
// of its case: Answer the FOI request (request 1).
func (c Clock) Titled() string {
	title := c.Title
	for _, about := range About(c.Offer, c.Request, c.Dispute) {
		title += " (" + about + ")"
	}
	return title
}

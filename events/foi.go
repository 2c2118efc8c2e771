package events

// FOIReviewAsked asks the body for an internal review of its answer.
type FOIReviewAsked struct {
	Request  int    `json:"request"`
	Why      string `json:"why"`
	Document string `json:"document,omitempty"`
}

func (FOIReviewAsked) storedAs() string { return "foi-review-asked" }

// FOIReviewAnswered is the outcome of an internal review.
type FOIReviewAnswered struct {
	Request  int        `json:"request"`
	Outcome  FOIOutcome `json:"outcome"`
	Text     string     `json:"text,omitempty"`
	Document string     `json:"document,omitempty"`
}

func (FOIReviewAnswered) storedAs() string { return "foi-review-answered" }

package alerts

import (
	"iter"

	"parley/domain/alerting"
	"parley/events"
)

// PolicyName and PolicyVersion identify the stored document of the policy.
const (
	PolicyName    = "alert-policy"
	PolicyVersion = 2
)

// Policy is the policy as it was last recorded.
type Policy struct {
	Head   events.Head     `json:"head"` // of its aggregate
	Policy alerting.Policy `json:"policy"`
}

// RoutePolicy takes the commits of the policy to its one document, and no others.
func RoutePolicy(r events.Recorded) iter.Seq2[string, events.Recorded] {
	return func(yield func(string, events.Recorded) bool) {
		if r.Aggregate == events.AlertPolicy() {
			yield(r.Aggregate.ID, r)
		}
	}
}

// ApplyPolicy returns doc with the policy's next commit taken in, as Apply does.
func ApplyPolicy(doc Policy, r events.Recorded) (Policy, error) {
	if r.Version <= doc.Head.Version {
		return doc, nil
	}
	if err := doc.Head.Advance(r); err != nil {
		return doc, err
	}
	for _, f := range r.Facts {
		if e, ok := f.Event.(events.AlertPolicySet); ok {
			doc.Policy = alerting.Policy{AlertPolicySet: e}
		}
	}
	return doc, nil
}

package alerting

import "parley/events"

// Policy says who is warned of deadlines, when and how.
type Policy struct{ events.AlertPolicySet }

package alerting

import "time"

// ComposeTrial returns the message by which somebody tries a channel: to a
// person, or to nobody where the channel is a place. id is that of this trial.
func ComposeTrial(id, person string, now time.Time) Message {
	return Message{
		ID: "test_" + id, Kind: Trial, To: person, At: now.UTC(),
		Subject: "Parley: a test",
		Opening: "Somebody tried whether alerts of deadlines arrive here. They do.",
		Closing: "Nothing need be done.",
	}
}

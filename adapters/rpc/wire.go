package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/domain/casework"
)

// What stands on the wire. A request goes to parley.v1.TOKEN.VERB, where TOKEN
// is the actor's (casework.Token) and VERB one of those below; the reply to an
// inbox below _INBOX_TOKEN, which nobody else may listen to. Changes are told on
// parley.v1.changes.KIND.ID.
const (
	// Protocol is the version of what travels. The two ends must agree on it.
	Protocol = "1"

	subjects = "parley.v1."
	changes  = "changes" // which is nobody's token
	inboxes  = "_INBOX_"
)

// The headers of requests and replies.
const (
	headProtocol = "Parley-Protocol"
	headPosition = "Parley-Position" // of a request: what the views must have seen; of a reply: what they had
	headClock    = "Parley-Clock"    // of whoever asks, where it is set: RFC 3339
	headPatience = "Parley-Patience" // how long whoever asks waits, in milliseconds
	headPart     = "Parley-Part"     // of a reply in several messages: 1/3
)

// The verbs.
const (
	verbAbout     = "about"
	verbHandle    = "handle"
	verbDirectory = "update-directory"
	verbCalendar  = "update-calendar"
	verbCatchUp   = "catch-up"
	verbCase      = "case"
	verbHistory   = "history"
	verbCases     = "cases"
	verbDeadlines = "deadlines"
	verbNearest   = "nearest"
	verbDay       = "day"
	verbBodies    = "bodies"
	verbFind      = "find"
	verbVerify    = "verify"
	verbExamine   = "examine"
)

// Limits.
const (
	smallBody   = 64 << 10         // bytes, of a question
	commandBody = 1 << 20          // bytes, of a command on a case
	largeBody   = 64 << 20         // bytes: of an import only what NATS carries is the limit
	largeReply  = 512 << 20        // bytes, of a reply in all its parts
	room        = 8 << 10          // bytes of a message that are kept for its headers
	patience    = 15 * time.Second // for an answer, where nobody says otherwise
	mostTime    = 30 * time.Minute // for an answer, whatever anybody says
)

// Errors of the way between the two ends.
var (
	ErrUnreachable = errors.New("the Parley server does not answer")
	ErrForbidden   = errors.New("the connection does not let this person act")
	ErrProtocol    = errors.New("the server and this program do not speak the same version")
	ErrMalformed   = errors.New("the request cannot be read")
	ErrGarbled     = errors.New("the answer cannot be read")
	ErrTooLarge    = errors.New("this is more than can be sent in one piece")
	ErrStopping    = errors.New("the Parley server is stopping")
	ErrBusy        = errors.New("the Parley server has many requests of this person in hand")
	ErrLagging     = errors.New("the Parley server has not taken in yet what another has recorded")
	ErrBroken      = errors.New("the Parley server could not deal with this")
)

// Subject returns the subject of an actor's requests of a verb.
func subject(actor, verb string) string { return subjects + casework.Token(actor) + "." + verb }

// Inbox returns the prefix of the inboxes of an actor, for nats.CustomInboxPrefix.
func Inbox(actor string) string { return inboxes + casework.Token(actor) }

// actorOf returns who asks on a subject.
func actorOf(subject string) (string, error) {
	token, _, _ := strings.Cut(strings.TrimPrefix(subject, subjects), ".")
	actor, err := casework.FromToken(token)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return actor, nil
}

// strict reads one JSON value into v, and refuses unknown fields and anything
// after it.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the value")
	}
	return nil
}

// nothing is what a verb asks that asks nothing, or answers that answers nothing.
type nothing struct{}

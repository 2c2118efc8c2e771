package alerting

import (
	"encoding/hex"
	"strings"

	"parley/domain/calendar"
	"parley/events"
)

// Name is what the ID of an alert says: of which deadline and due date it warns,
// on which rung; or of a digest whose it is, and of which morning.
type Name struct {
	Ref, Deadline, Rung string
	Due                 calendar.Date // of a digest: its morning
	Person              string        // of a digest; otherwise empty
}

// ID returns the ID of the alert of a deadline on a rung of its ladder: with a
// due date that moves comes another ID, with one that moves back the same.
func ID(ref, deadline, rung string, due calendar.Date) string {
	return ref + "_" + strings.ReplaceAll(deadline, ".", "-") + "_" + rung + "_" + compact(due)
}

// DigestID returns the ID of a person's digest of one morning.
func DigestID(person string, day calendar.Date) string {
	return digest + "_" + word(person) + "_" + compact(day)
}

const digest = "digest"

// DeliveryID names one delivery of an alert or digest, the same on every
// attempt: letters, digits, - and _.
func DeliveryID(id string, to events.Delivery) string {
	if to.To == "" {
		return id + "_" + word(to.Channel)
	}
	return id + "_" + word(to.Channel) + "_" + word(to.To)
}

// ParseID reads the ID of an alert or a digest. Its error matches
// ErrUnknownAlert.
func ParseID(id string) (Name, error) {
	parts := strings.Split(id, "_")
	day, is := uncompact(parts[len(parts)-1])
	switch {
	case !is:
	case len(parts) == 3 && parts[0] == digest && parts[1] != "":
		if person, ok := unword(parts[1]); ok {
			return Name{Person: person, Due: day}, nil
		}
	case len(parts) == 4 && has(parts[0], wordly) && parts[0][0] != '-' && has(parts[1], wordly) && has(parts[2], small):
		return Name{Ref: parts[0], Deadline: strings.ReplaceAll(parts[1], "-", "."), Rung: parts[2], Due: day}, nil
	}
	return Name{}, refuse(ErrUnknownAlert, "%q is not the ID of an alert: they read like GLO-26-0001_D7-1_day_20261026", id)
}

// has reports whether s has characters, and all of them are of this sort.
func has(s string, sort func(c byte) bool) bool {
	for i := range len(s) {
		if !sort(s[i]) {
			return false
		}
	}
	return s != ""
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func small(c byte) bool  { return c >= 'a' && c <= 'z' || digit(c) }
func wordly(c byte) bool { return c >= 'A' && c <= 'Z' || c == '-' || small(c) }

// compact writes a day as 20261026.
func compact(d calendar.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// uncompact reads what compact wrote.
func uncompact(s string) (calendar.Date, bool) {
	if len(s) != 8 || !has(s, digit) {
		return calendar.Date{}, false
	}
	d, err := calendar.Parse(s[:4] + "-" + s[4:6] + "-" + s[6:])
	return d, err == nil
}

// word writes any text with letters, digits and - alone: every other byte as -
// and two hexadecimal digits.
func word(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			b.WriteString("-" + hex.EncodeToString([]byte{c}))
		}
	}
	return b.String()
}

// unword reads what word wrote.
func unword(s string) (string, bool) {
	first, rest, more := strings.Cut(s, "-")
	text := first
	for more {
		if len(rest) < 2 {
			return "", false
		}
		c, err := hex.DecodeString(rest[:2])
		if err != nil {
			return "", false
		}
		first, rest, more = strings.Cut(rest[2:], "-")
		text += string(c) + first
	}
	return text, word(text) == s
}

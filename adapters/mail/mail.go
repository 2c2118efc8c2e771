// Package mail is the channel that delivers alerts by email, over SMTP.
//
// A message goes to one person, as plain text and as HTML that says the same
// without pictures or links, and with a calendar if the Config has one. It says
// that a machine wrote it (Auto-Submitted), so that nobody's absence is answered
// to us. Its Message-ID follows from the delivery's ID: a mail server or reader
// that sees it twice can tell. Its Date is when it was sent, not when the alert
// was due: servers distrust mail from the past.
//
// What is not delivered is told apart by how far it came:
//
//   - Until the server has had the end of the message nothing is delivered: a
//     connection that is refused, lost, late or not trusted is temporary.
//   - From there until the server's answer nobody can know: uncertain.
//   - What the server refuses for now (4xx, as greylisting does) is temporary,
//     and what it refuses for good (5xx) permanent, if that is about the sender,
//     the recipient or the message. If it is about us, because a password is
//     wrong or none was given, it is temporary: an operator can mend it, and the
//     alert must not be lost meanwhile. So it is if no address is known of
//     somebody.
//
// Each message has a connection of its own. Passwords and tokens are read from
// their file for every message, so that a token can be renewed beside a server
// that runs. They are never sent unencrypted but to this machine itself.
package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// ErrConfig is wrapped by what New says of settings that cannot work.
var ErrConfig = errors.New("mail cannot be sent with these settings")

// Channel sends alerts by email. It is for use by several goroutines.
type Channel struct {
	config    Config
	from      address
	addresses map[string]address
}

// New returns the channel of a Config, or an error that wraps ErrConfig and
// names everything that is wrong with it. It connects to nothing: see Check.
func New(c Config) (*Channel, error) {
	c = c.withDefaults()
	from, problems := c.problems()
	addresses := make(map[string]address, len(c.Addresses))
	for name, written := range c.Addresses {
		parsed, err := parseAddress(written)
		if err != nil {
			problems = append(problems, fmt.Errorf("the address of %s: %w", alerting.OneLine(name), err))
		}
		addresses[name] = parsed
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrConfig, errors.Join(problems...))
	}
	return &Channel{c, from, addresses}, nil
}

// Send mails m to the person it is to, and returns what the server answered, or
// the Message-ID if it answered nothing. Errors are as watch.Channel has them.
func (c *Channel) Send(ctx context.Context, m alerting.Message) (string, error) {
	to, known := c.addresses[m.To]
	switch {
	case m.ID == "":
		return "", fmt.Errorf("%w: it has no ID", watch.ErrPermanent)
	case m.To == "":
		return "", fmt.Errorf("%w: it is to nobody, and email goes to a person", watch.ErrPermanent)
	case !known:
		return "", fmt.Errorf("%w: no email address is known of %s", watch.ErrTemporary, alerting.OneLine(m.To))
	}
	letter, err := c.compose(m, to, time.Now())
	if err != nil {
		return "", fmt.Errorf("%w: it could not be written as an email: %w", watch.ErrPermanent, err)
	}
	s, err := c.connect(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	defer s.close()
	receipt, err := s.deliver(c.from.Address, to.Address, letter.content)
	if err != nil {
		return "", err
	}
	s.quit()
	if receipt == "" {
		receipt = "<" + letter.messageID + ">"
	}
	return receipt + letter.remark, nil
}

// Check connects to the mail server as Send does, with encryption and by
// password or token, and leaves again. It sends nothing.
func (c *Channel) Check(ctx context.Context) error {
	s, err := c.connect(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	defer s.close()
	if err := s.noop(); err != nil {
		return fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	s.quit()
	return nil
}

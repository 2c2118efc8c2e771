// Command parley-postbox receives alerts on this machine, for rehearsals, for
// training and for tests: it is a mail server, and a web server that takes the
// cards of Microsoft Teams workflows and signed webhooks. Nothing that it is
// given goes any further.
//
// It shows each arrival as whoever gets it would read it: of mail the subject,
// the Message-ID and the plain text, of a card its text line by line. With -dir
// it keeps the raw bytes in files too. What has come before is marked as having
// come again. It can be told to answer as servers do that are out of order, so
// that it can be seen what becomes of an alert then.
//
// It listens on this machine alone, asks nobody who they are and encrypts
// nothing: it is no mail server to use for anything else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.As(err, &usageError{}):
		_, _ = fmt.Fprintln(os.Stderr, "parley-postbox:", err)
		_, _ = fmt.Fprintln(os.Stderr, "Next: see parley-postbox -h")
		os.Exit(exitUsage)
	default:
		_, _ = fmt.Fprintln(os.Stderr, "parley-postbox:", err)
		os.Exit(exitFailed)
	}
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// options are what the command line says.
type options struct {
	smtp, http string // addresses on this machine
	dir        string // where arrivals are kept; empty for nowhere
	secret     string // the file with the secret of webhooks; empty if signatures are not looked at
	mail, web  *manner
	json       bool
}

const help = `Receive alerts on this machine, for rehearsals and tests, and show them.

  parley-postbox [-smtp ADDRESS] [-http ADDRESS] [-dir FOLDER] [flags]

Mail goes to the one address; cards of Teams and webhooks to any path of the
other, such as http://127.0.0.1:8099/teams. It runs until it is interrupted.

It answers as it should, unless it is told to go wrong, the first N times or,
without =N, always:

  -mail refuse[=N]    says that there is no such recipient
  -mail greylist[=N]  says that the message may be sent again later
  -web refuse[=N]     answers 400: the request is wrong
  -web busy[=N]       answers 503: it may be sent again later
  -mail drop, -web drop   takes the message, and cuts the connection unanswered
  -mail hang, -web hang   takes the message, and never answers

Flags:
`

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	o := options{mail: new(manner), web: new(manner)}
	var output string
	flags := flag.NewFlagSet("parley-postbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.smtp, "smtp", "127.0.0.1:2525", "where to take mail; port 0 is any that is free")
	flags.StringVar(&o.http, "http", "127.0.0.1:8099", "where to take cards and webhooks; port 0 is any that is free")
	flags.StringVar(&o.dir, "dir", "", "a folder in which each arrival is kept as it came")
	flags.StringVar(&o.secret, "secret", "", "the file with the secret by which webhooks are signed; without it signatures are not looked at")
	flags.Func("mail", "how to answer mail: ok, refuse, greylist, drop or hang", o.mail.reader(refuse, greylist, drop, hang))
	flags.Func("web", "how to answer posts: ok, refuse, busy, drop or hang", o.web.reader(refuse, busy, drop, hang))
	flags.StringVar(&output, "o", "text", "how to tell what arrives: text, or json, a line for each")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprint(stderr, help)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return o, err
	case err != nil:
		return o, usageError{err}
	case flags.NArg() > 0:
		return o, usageError{fmt.Errorf("nothing is known of %q", flags.Arg(0))}
	case output != "text" && output != "json":
		return o, usageError{fmt.Errorf("-o %s is not a way to tell what arrives: use text or json", output)}
	}
	o.json = output == "json"
	return o, nil
}

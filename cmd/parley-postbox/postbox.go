package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"parley/domain/alerting"
)

// postbox is what has arrived so far, and where it is told.
type postbox struct {
	options
	out io.Writer

	mu   sync.Mutex
	n    int
	seen map[string]int // which arrival brought an ID first
}

// arrival is what arrived, as it is told.
type arrival struct {
	N           int      `json:"n"`
	Kind        string   `json:"kind"`            // mail, card, webhook or post
	Answer      how      `json:"answer"`          // what became of it
	ID          string   `json:"id,omitempty"`    // Message-ID or Idempotency-Key
	Again       int      `json:"again,omitempty"` // the arrival that brought this ID first
	From        string   `json:"from,omitempty"`
	To          []string `json:"to,omitempty"`
	Subject     string   `json:"subject,omitempty"`
	Signature   string   `json:"signature,omitempty"` // of a webhook
	Attachments []string `json:"attachments,omitempty"`
	Text        string   `json:"text"`
	File        string   `json:"file,omitempty"`

	raw    []byte
	suffix string // of the file
	parts  map[string][]byte
}

// addresses is where a postbox can be reached.
type addresses struct {
	SMTP string `json:"smtp"` // 127.0.0.1:2525
	HTTP string `json:"http"` // http://127.0.0.1:8099
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.dir != "" {
		if err := os.MkdirAll(o.dir, 0o700); err != nil {
			return fmt.Errorf("arrivals cannot be kept: %w", err)
		}
	}
	box := &postbox{options: o, out: stdout, seen: map[string]int{}}
	if err := box.checkSecret(); err != nil {
		return err
	}
	mail, err := listen(ctx, "-smtp", o.smtp)
	if err != nil {
		return err
	}
	web, err := listen(ctx, "-http", o.http)
	if err != nil {
		return errors.Join(err, mail.Close())
	}
	if err := box.announce(addresses{mail.Addr().String(), "http://" + web.Addr().String()}); err != nil {
		return errors.Join(err, mail.Close(), web.Close())
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var servers sync.WaitGroup
	servers.Go(func() { fail(box.serveMail(ctx, mail)) })
	servers.Go(func() { fail(box.serveWeb(ctx, web)) })
	servers.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// listen listens at an address of this machine alone.
func listen(ctx context.Context, name, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s %s is no address and port, such as 127.0.0.1:2525", name, address)}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError{fmt.Errorf("%s %s is not on this machine alone: use 127.0.0.1, for whoever reaches a postbox is let in", name, address)}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s cannot listen: %w; give another port, or 0 for any that is free", name, err)
	}
	return listener, nil
}

// announce says where the postbox is.
func (p *postbox) announce(at addresses) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(at)
	}
	_, err := fmt.Fprintf(p.out, "Mail:  %s\nWeb:   %s\nStop it with Ctrl-C.\n", at.SMTP, at.HTTP)
	return err
}

// take keeps and tells an arrival.
func (p *postbox) take(a arrival) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	a.N = p.n
	if a.ID != "" {
		a.Again = p.seen[a.ID]
		if a.Again == 0 {
			p.seen[a.ID] = a.N
		}
	}
	if p.dir != "" {
		if err := p.keep(&a); err != nil {
			return err
		}
	}
	if p.json {
		e := json.NewEncoder(p.out)
		e.SetEscapeHTML(false)
		return e.Encode(a)
	}
	_, err := io.WriteString(p.out, a.page())
	return err
}

// keep writes an arrival to files: as it came, and beside it what was attached.
func (p *postbox) keep(a *arrival) error {
	a.File = fmt.Sprintf("%04d-%s.%s", a.N, a.Kind, a.suffix)
	if err := os.WriteFile(filepath.Join(p.dir, a.File), a.raw, 0o600); err != nil {
		return fmt.Errorf("an arrival cannot be kept: %w", err)
	}
	for name, content := range a.parts {
		name = fmt.Sprintf("%04d-%s", a.N, harmless(name))
		if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
			return fmt.Errorf("an attachment cannot be kept: %w", err)
		}
	}
	return nil
}

// harmless returns a name that is one of a file in its folder.
func harmless(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, name)
}

// page is how an arrival looks to people. What came is shown as harmless lines.
func (a arrival) page() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "\n== %d: %s", a.N, a.Kind)
	if a.Answer != properly {
		_, _ = fmt.Fprintf(&b, ", answered with: %s", a.Answer)
	}
	if a.Again > 0 {
		_, _ = fmt.Fprintf(&b, ", AGAIN: it came before, as %d", a.Again)
	}
	b.WriteString("\n")
	for _, line := range [][2]string{
		{"From", a.From},
		{"To", strings.Join(a.To, ", ")},
		{"Subject", a.Subject},
		{"ID", a.ID},
		{"Signed", a.Signature},
		{"With", strings.Join(a.Attachments, ", ")},
		{"File", a.File},
	} {
		if line[1] != "" {
			_, _ = fmt.Fprintf(&b, "%-8s %s\n", line[0]+":", alerting.OneLine(line[1]))
		}
	}
	b.WriteString("\n")
	for line := range strings.Lines(a.Text) {
		b.WriteString(strings.TrimRight("  "+visible(line), " ") + "\n")
	}
	return b.String()
}

// visible returns a line without what a terminal would obey.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, line)
}

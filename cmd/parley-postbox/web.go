package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"parley/adapters/webhook"
)

// old is how far away the time of a signature may be.
const old = 5 * time.Minute

// serveWeb is a web server until ctx ends.
func (p *postbox) serveWeb(ctx context.Context, on net.Listener) error {
	server := &http.Server{
		Handler: p.handler(ctx.Done()), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(on); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("posts cannot be taken any more: %w", err)
	}
	return nil
}

func (p *postbox) handler(stop <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "post cards and webhooks here", http.StatusMethodNotAllowed)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		way := p.web.next()
		a := p.readPost(r.Header, raw)
		a.Answer, a.To = way, []string{r.URL.Path}
		if err := p.take(a); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		switch way {
		case refuse:
			http.Error(w, "the request is wrong", http.StatusBadRequest)
		case busy:
			w.Header().Set("Retry-After", "60")
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		case drop:
			panic(http.ErrAbortHandler)
		case hang:
			select {
			case <-stop:
			case <-r.Context().Done():
			}
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}
}

// readPost reads what was posted: a webhook, which is signed, or a card.
func (p *postbox) readPost(header http.Header, raw []byte) arrival {
	a := arrival{Kind: "post", ID: header.Get(webhook.IdempotencyKey), raw: raw, suffix: "json"}
	if signed := header.Get(webhook.SignatureHeader); signed != "" {
		a.Kind = "webhook"
		a.Signature = p.verify(signed, raw)
		var told struct{ Subject, Text string }
		if err := json.Unmarshal(raw, &told); err == nil {
			a.Subject, a.Text = told.Subject, told.Text
			return a
		}
	}
	if text, is := cardText(raw); is {
		a.Kind, a.Text = "card", text
		return a
	}
	a.Text = string(raw)
	return a
}

// verify says whether a webhook is signed by the secret that is known here.
func (p *postbox) verify(signed string, raw []byte) string {
	if p.secret == "" {
		return "yes, by a secret that is not known here (see -secret)"
	}
	secret, err := os.ReadFile(p.secret)
	if err == nil {
		err = webhook.Verify(strings.TrimSpace(string(secret)), signed, raw, time.Now(), old)
	}
	if err != nil {
		return "NO: " + err.Error()
	}
	return "yes, by our secret"
}

// checkSecret looks whether the secret can be read.
func (p *postbox) checkSecret() error {
	if p.secret == "" {
		return nil
	}
	secret, err := os.ReadFile(p.secret)
	if err == nil && len(bytes.TrimSpace(secret)) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return fmt.Errorf("the secret of webhooks cannot be read: %w", err)
	}
	return nil
}

// cardText returns the text of a card as the workflow of Teams would post it, a
// line for each of its blocks, and whether it is one.
func cardText(raw []byte) (string, bool) {
	type run struct {
		Text string `json:"text"`
	}
	var message struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string `json:"contentType"`
			Content     struct {
				Type string `json:"type"`
				Body []struct {
					Text    string `json:"text"`
					Inlines []run  `json:"inlines"`
				} `json:"body"`
			} `json:"content"`
		} `json:"attachments"`
	}
	if json.Unmarshal(raw, &message) != nil || message.Type != "message" || len(message.Attachments) == 0 {
		return "", false
	}
	var lines []string
	for _, a := range message.Attachments {
		if a.ContentType != "application/vnd.microsoft.card.adaptive" || a.Content.Type != "AdaptiveCard" {
			return "", false
		}
		for _, block := range a.Content.Body {
			line := block.Text
			for _, r := range block.Inlines {
				line += r.Text
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n", true
}

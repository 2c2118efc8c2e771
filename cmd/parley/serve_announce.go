package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"parley/adapters/natsd"
	"parley/adapters/storedir"
	"parley/adapters/users"
)

// How those who are to be served find the server and are let in.

// seat is the key by which programs on this machine find a way in.
type seat struct{ public, secret string }

func (a *app) newSeat() (seat, error) {
	public, secret, err := users.NewKey()
	return seat{public, secret}, err
}

// users returns who is let in: whoever may read the store's folder, in the name
// that it was made for, and those on its list.
func (s seat) users(dir *storedir.Dir) natsd.Users {
	book := users.In(dir.Path())
	return natsd.UsersFunc(func(key string) (string, bool) {
		if key == s.public {
			return dir.Identity().Actor, true
		}
		return book.Lookup(key)
	})
}

// announce leaves word where the server is, and says that it is ready.
func (sv *serving) announce(seat seat) error {
	id := sv.store.dir.Identity()
	ready := served{LMC: id.LMC, Code: id.Code, Store: sv.store.dir.Path(), NATS: sv.flags.outside.url, Rehearsal: id.Rehearsal}
	if sv.store.server != nil {
		ready.NATS = sv.store.server.URL()
		certificate, err := sv.certificate()
		if err != nil {
			return err
		}
		if err := sv.store.dir.Serve(storedir.Serving{
			URL: ready.NATS, Actor: id.Actor, Seed: seat.secret, Cert: certificate, Version: version(), Started: sv.now(),
		}); err != nil {
			return err
		}
	}
	if sv.web != nil {
		ready.HTTP = sv.web.URL()
	}
	sv.log.Info("ready", "lmc", id.LMC, "store", ready.Store, "nats", ready.NATS, "http", ready.HTTP, "position", sv.store.log.Seen().Position)
	if sv.output == "json" { // a line, for whoever started it
		return json.NewEncoder(sv.stdout).Encode(ready)
	}
	return sv.print(ready.report())
}

// certificate returns what the server shows to clients, in PEM; nothing without
// TLS.
func (sv *serving) certificate() (string, error) {
	if sv.flags.cert == "" {
		return "", nil
	}
	content, err := os.ReadFile(sv.flags.cert)
	return string(content), err
}

// served is what a server says when it is ready.
type served struct {
	LMC       string `json:"lmc"`
	Code      string `json:"code"`
	Store     string `json:"store"`
	NATS      string `json:"nats"`
	HTTP      string `json:"http,omitempty"`
	Rehearsal bool   `json:"rehearsal"`
}

func (s served) report() report {
	return report{
		value: s, columns: []string{"lmc", "code", "store", "nats", "http"},
		rows: [][]cell{{text(s.LMC), text(s.Code), text(s.Store), text(s.NATS), text(s.HTTP)}},
		page: func(w io.Writer, width int) {
			hanging(w, "", fmt.Sprintf("Serving %s (%s) from %s", s.LMC, s.Code, s.Store), width)
			hanging(w, "  ", "clients: "+s.NATS, width)
			if s.HTTP != "" {
				hanging(w, "  ", "web: "+s.HTTP, width)
			}
		},
	}
}

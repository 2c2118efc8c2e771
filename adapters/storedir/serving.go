package storedir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const servingFile = "serve.json"

// Serving says how to reach the server that has a store open. Whoever may read
// the store's folder may read it, and nobody else: it holds a key.
type Serving struct {
	URL     string    `json:"url"`            // nats:// or tls://, on this machine
	Actor   string    `json:"actor"`          // in whose name whoever connects with the seed acts
	Seed    string    `json:"seed"`           // of an nkey that is good for as long as the server runs
	Cert    string    `json:"cert,omitempty"` // the certificate that the server shows, in PEM, if it has TLS
	PID     int       `json:"pid"`            // filled in by Serve
	Version string    `json:"version"`        // of the program
	Started time.Time `json:"started"`        // UTC
}

// Serve leaves word of the server that runs on this store, for clients on this
// machine. Close takes it back. A server that is killed leaves it behind: what it
// says is then out of date, and whoever goes by it finds nobody there.
func (d *Dir) Serve(s Serving) error {
	if s.URL == "" || s.Seed == "" || s.Actor == "" {
		return errors.New("a server cannot be found without its address, an actor and a key")
	}
	s.PID, s.Started = os.Getpid(), s.Started.UTC().Truncate(time.Second)
	if err := writeJSON(filepath.Join(d.path, servingFile), s); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	return nil
}

// Unserve takes back the word of the server, if there is any: nobody new comes
// to a server that is about to stop.
func (d *Dir) Unserve() error {
	err := os.Remove(filepath.Join(d.path, servingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Discover returns the server that is said to run on the store at path, and
// false if there is none. It may have been killed since. Then connecting fails,
// and the store's lock is free. A word that does not read is none: it is only
// ever replaced whole, by the next server.
func Discover(path string) (Serving, bool) {
	data, err := os.ReadFile(filepath.Join(path, servingFile))
	if err != nil {
		return Serving{}, false
	}
	var s Serving // what a later version adds is left to it
	if json.Unmarshal(data, &s) != nil || s.URL == "" || s.Seed == "" || s.Actor == "" {
		return Serving{}, false
	}
	return s, true
}

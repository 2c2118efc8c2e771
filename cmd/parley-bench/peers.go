package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"parley/adapters/feed"
)

// peers is the program that keeps the same things in plain databases, at work.
// What a nil *peers is asked for there is none of.
type peers struct {
	process   *exec.Cmd
	questions *json.Encoder
	input     io.Closer
	answers   *json.Decoder
	there     peerAnswer // what there is
}

// peerQuestion and peerAnswer are what is said to the program and by it: see
// its own description, peers/main.go.
type peerQuestion struct {
	Op    string `json:"op"`
	Store string `json:"store"`
	N     int    `json:"n"`
	Line  string `json:"line"`
	Path  string `json:"path"`
}

type peerAnswer struct {
	Error   string            `json:"error"`
	Took    times             `json:"took"`
	N       int               `json:"n"`
	Names   []string          `json:"names"`
	Titles  map[string]string `json:"titles"`
	Missing map[string]string `json:"missing"`
	Psql    []string          `json:"psql"`
}

// errPeer says that one of the databases did not do what it was asked.
var errPeer = errors.New("a database failed")

// startPeers builds the program and starts it, if a part needs it that is to be
// measured. Where it cannot be built, because what it needs cannot be fetched,
// the databases are left out.
func (b *bench) startPeers(ctx context.Context, dir string) error {
	needed := false
	for _, name := range []string{"server", "due", "peers"} {
		needed = needed || strings.HasPrefix(name, b.only)
	}
	if !needed {
		return nil
	}
	program := filepath.Join(dir, "peers")
	build := exec.CommandContext(ctx, "go", "build", "-C", filepath.Join(b.root, "cmd", "parley-bench", "peers"), "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.say("databases are left out: %v: %s", err, strings.TrimSpace(string(out)))
		return ctx.Err()
	}
	p := &peers{process: exec.Command(program)} // it ends with its input
	p.process.Stderr = b.progress
	in, err := p.process.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.process.Start(); err != nil {
		return err
	}
	p.input, p.questions, p.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	b.peers = p
	if err := p.answers.Decode(&p.there); err != nil {
		return errors.Join(err, p.stop())
	}
	for name, why := range p.there.Missing {
		b.say("%s is left out: %s", name, why)
	}
	return nil
}

// stop ends the program.
func (p *peers) stop() error {
	if p == nil || p.input == nil {
		return nil
	}
	err := p.input.Close()
	p.input = nil
	return errors.Join(err, p.process.Wait())
}

// psql returns what runs psql select 1; nil where there is no PostgreSQL.
func (p *peers) psql() []string {
	if p == nil {
		return nil
	}
	return p.there.Psql
}

// ask asks for one thing, and returns the times it took and how many rows it was about.
func (p *peers) ask(q peerQuestion) (times, int, error) {
	if err := p.questions.Encode(q); err != nil {
		return nil, 0, fmt.Errorf("%w: %s: %w", errPeer, q.Store, err)
	}
	var a peerAnswer
	err := p.answers.Decode(&a)
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s, %s: %w", errPeer, q.Store, q.Op, err)
	}
	return a.Took, a.N, nil
}

// writeRows writes rows to a file, a line of JSON each.
func writeRows(path string, rows func(put func(any) error) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(f)
	err = rows(json.NewEncoder(buffered).Encode)
	return errors.Join(err, buffered.Flush(), f.Close())
}

// peerDates is the list of what is due in a database.
type peerDates struct {
	peers *peers
	store string
	name  string
}

// same asks for what is due within a fortnight, which must be so many rows. The
// way there and back, of some tens of microseconds, is part of what it takes.
func (d *peerDates) same(rows int) error {
	_, n, err := d.peers.ask(peerQuestion{Op: "due", Store: d.store, N: 14})
	if err == nil && n != rows {
		err = fmt.Errorf("%w: %d are due, and %s has %d", errNothing, rows, d.name, n)
	}
	return err
}

// dates puts the due dates of the views into the best database there is, by way
// of a file; nil if there is none.
func (p *peers) dates(ctx context.Context, path string, v *feed.Views) (*peerDates, error) {
	if p == nil {
		return nil, nil
	}
	q, err := fortnight(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := writeRows(path, func(put func(any) error) error {
		var failed error
		for doc := range v.Docket.All(ctx, &failed) {
			for _, r := range doc.Rows(q.Day) {
				if err := put(map[string]string{"ref": r.Ref, "id": r.ID, "title": r.Title, "due": r.Due.String()}); err != nil {
					return err
				}
			}
		}
		return failed
	}); err != nil {
		return nil, err
	}
	store := p.there.Names[len(p.there.Names)-1] // PostgreSQL, where it is
	_, _, err = p.ask(peerQuestion{Op: "dates", Store: store, Path: path})
	return &peerDates{p, store, p.there.Titles[store]}, err
}

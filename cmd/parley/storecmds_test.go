package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/google/uuid"
	"github.com/rogpeppe/go-internal/testscript"

	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/domain/calendar"
	"parley/events"
)

// What scripts do to a store behind the program's back.

// damage: damage [-copy] TEXT. It changes one bit of the log, or of its copy,
// where that text stands.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	tree := filepath.Join("jetstream", "*", "streams", "*")
	if args[0] == "-copy" {
		tree, args = "before-open", args[1:]
	}
	flip(ts, tree, []byte(args[0]))
}

// mend: mend TEXT. It changes back what damage changed in the log.
func mend(ts *testscript.TestScript, _ bool, args []string) {
	changed := []byte(args[0])
	changed[0] ^= 1
	flip(ts, filepath.Join("jetstream", "*", "streams", "*"), changed)
}

// flip changes one bit of the blocks of a tree, in the first letter of text.
func flip(ts *testscript.TestScript, tree string, text []byte) {
	blocks, err := filepath.Glob(filepath.Join(ts.Getenv("PARLEY_STORE"), tree, "msgs", "*.blk"))
	ts.Check(err)
	for _, block := range blocks {
		data, err := os.ReadFile(block)
		ts.Check(err)
		if at := bytes.Index(data, text); at >= 0 {
			data[at] ^= 1
			ts.Check(os.WriteFile(block, data, 0o600))
			return
		}
	}
	ts.Fatalf("%q stands in none of %q", text, blocks)
}

// newer: newer REF. It appends a note to the case in a form of the future, as a
// newer version of parley would.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	server, err := natsd.Start(ctx, natsd.Config{Dir: ts.Getenv("PARLEY_STORE"), Name: "newer"})
	ts.Check(err)
	defer func() { ts.Check(server.Stop()) }()
	log, err := natslog.Open(ctx, server.Conn(), natslog.Guard{Existed: true})
	ts.Check(err)
	history, err := log.Read(ctx, events.Case(args[0]), 0)
	ts.Check(err)
	last := history[len(history)-1]
	sealed, err := events.Seal(events.Commit{
		Command: uuid.New(), Aggregate: last.Aggregate, Version: last.Version + 1, Actor: "jo", RecordedAt: last.RecordedAt, Previous: last.Hash,
		Facts: []events.Fact{{On: calendar.At(last.RecordedAt, last.RecordedAt.Location()), Event: events.NoteAdded{Text: "from the future"}}},
	})
	ts.Check(err)
	sealed.Stored = []byte(strings.Replace(string(sealed.Stored), `"schema":1`, `"schema":2`, 1))
	_, err = log.Append(ctx, sealed, last.Position)
	ts.Check(err)
}

// fill: fill FILE MIB. It makes a file of that size.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, size<<20), 0o600))
}

// edit: edit FILE FROM TO. It writes TO in the place of FROM, which is in the file once.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	holds := ts.ReadFile(args[0])
	if strings.Count(holds, args[1]) != 1 {
		ts.Fatalf("%s has %q in it %d times", args[0], args[1], strings.Count(holds, args[1]))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(holds, args[1], args[2], 1)), 0o600))
}

// unindexed: unindexed. It takes the server's index of the log away, as a crash
// does: the server then reads the blocks when it opens, and cuts one at the
// first thing that it cannot read.
func unindexed(ts *testscript.TestScript, _ bool, _ []string) {
	index := filepath.Join(ts.Getenv("PARLEY_STORE"), "jetstream", "$G", "streams", "ES", "msgs", "index.db")
	ts.Check(os.Remove(index))
}

// copyFolder: copy-folder FROM TO. TO is afterwards what FROM is.
func copyFolder(ts *testscript.TestScript, _ bool, args []string) {
	from, to := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	ts.Check(os.RemoveAll(to))
	ts.Check(os.CopyFS(to, os.DirFS(from)))
}

// brim: brim FILE. It makes a file that takes all the room there is on its disk.
func brim(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	for size := 1 << 20; size > 0; size /= 2 {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			ts.Fatalf("the disk is not full: %v", err)
		}
		err = nil
	}
	ts.Check(f.Close())
}

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/adapters/storedir"
)

// tree is what a folder holds, by file, with slashes.
type tree map[string]string

// treeOf reads a folder.
func treeOf(t *testing.T, root string) tree {
	t.Helper()
	all := tree{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		holds, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		all[name] = string(holds)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all
}

// put makes a folder of a tree.
func (t tree) put(root string) error {
	for name, holds := range t {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(holds), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// fate is what is promised where a file of a store is damaged.
type fate string

const (
	named  fate = "named"           // the next open or verify says what is wrong
	afresh fate = "made afresh"     // it is named, or made afresh from what is sound
	theirs fate = "named by a user" // whatever uses the file names it
	locked fate = "locked out"      // nothing is opened, and nothing is changed
)

// Where the parts of a store lie in the folder that is spoiled.
const (
	theKey   = "the.key"
	theStore = "store"
	theLog   = "store/jetstream/$G/streams/ES"
	theCopy  = "store/before-open"
	theIndex = theLog + "/msgs/index.db"
)

// fateOf returns what is promised of a file.
func fateOf(name string) fate {
	switch in := func(folder string) bool { return strings.HasPrefix(name, folder+"/") }; {
	case name == theKey:
		return locked
	case in(theLog) && name != theIndex, name == "store/store.json", name == "store/highwater.json":
		return named
	case name == "store/users.json", name == "store/backup.json":
		return theirs
	}
	return afresh
}

// harm is what is done to a store.
type harm struct {
	what string // and where
	fate fate
	file string // the only one that is harmed; empty if it is not the only one
	do   func(tree)
}

// harmed is a harm of one file, of which what returns the new contents.
func harmed(name, what string, f func(string) string) harm {
	return harm{fmt.Sprintf("%s: %s", name, what), fateOf(name), name, func(t tree) { t[name] = f(t[name]) }}
}

// harmless reports whether a file of JSON, or of a key, says the same as before: that
// does not depend on space, or on how the names in it are capitalised.
func harmless(name string, was, is tree) bool {
	switch before, after := []byte(was[name]), []byte(is[name]); {
	case name == theKey:
		return bytes.Equal(bytes.TrimSpace(before), bytes.TrimSpace(after))
	case name == "store/store.json":
		return sayTheSame[storedir.Identity](before, after)
	case name == "store/highwater.json":
		return sayTheSame[storedir.Mark](before, after)
	case path.Ext(name) == ".json":
		var a, b bytes.Buffer
		return json.Compact(&a, before) == nil && json.Compact(&b, after) == nil && a.String() == b.String()
	}
	return false
}

func sayTheSame[T comparable](before, after []byte) bool {
	var a, b T
	return json.Unmarshal(before, &a) == nil && json.Unmarshal(after, &b) == nil && a == b
}

// region is a part of a file that means something by itself.
type region struct {
	what     string
	from, to int
}

// regions are the parts of a file: of a block of a stream, those of each message,
// or else some stretches of it.
func regions(name, holds string) []region {
	if all := messages(holds); path.Ext(name) == ".blk" && all != nil {
		return all
	}
	if len(holds) == 0 {
		return nil
	}
	all := []region{{"first byte", 0, 1}, {"last byte", len(holds) - 1, len(holds)}}
	const stretches = 12
	for n := range stretches {
		if r := (region{fmt.Sprintf("part %d of %d", n+1, stretches), n * len(holds) / stretches, (n + 1) * len(holds) / stretches}); r.from < r.to {
			all = append(all, r)
		}
	}
	return all
}

// messages are the parts of each message in a block of JetStream's: its head
// (length, position, time, length of the subject), subject, length of its headers,
// headers, body and checksum. It returns nil for a block that is encrypted.
func messages(block string) (all []region) {
	const head, checksum, hasHeaders = 22, 8, 1 << 31
	for at, n := 0, 1; at < len(block); n++ {
		if at+head+checksum > len(block) {
			return nil
		}
		length := binary.LittleEndian.Uint32([]byte(block[at:]))
		subject := at + head + int(binary.LittleEndian.Uint16([]byte(block[at+20:])))
		end := at + int(length&^hasHeaders)
		if end > len(block) || subject > end-checksum {
			return nil
		}
		add := func(what string, from, to int) {
			all = append(all, region{fmt.Sprintf("%s of message %d", what, n), from, to})
		}
		add("length", at, at+4)
		add("position", at+4, at+8)
		if n == 2 { // with which the server comes to no end
			add("upper half of the position", at+8, at+12)
		}
		add("time", at+12, at+20)
		add("length of the subject", at+20, at+head)
		add("subject", at+head, subject)
		body := subject
		if length&hasHeaders != 0 {
			body = subject + 4 + int(binary.LittleEndian.Uint32([]byte(block[subject:])))
			if body > end-checksum {
				return nil
			}
			add("length of the headers", subject, subject+4)
			add("headers", subject+4, body)
		}
		add("body", body, end-checksum)
		add("checksum", end-checksum, end)
		at = end
	}
	return all
}

// flipped changes one bit.
func flipped(at, bit int) func(string) string {
	return func(holds string) string {
		return holds[:at] + string([]byte{holds[at] ^ 1<<bit}) + holds[at+1:]
	}
}

// harms are the ways in which each file of a store is damaged: so many bits in
// each of its regions, and so many cuts of it.
func (w *whole) harms(random *rand.Rand, flips, cuts int) []harm {
	var all []harm
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		holds := w.files[name]
		for _, r := range regions(name, holds) {
			if strings.HasPrefix(r.what, "upper half") { // each takes a minute
				if sized(0, 1) == 1 {
					all = append(all, harmed(name, "bit 0 of "+r.what, flipped(r.from, 0)))
				}
				continue
			}
			for range min(flips, r.to-r.from) {
				at, bit := r.from+random.IntN(r.to-r.from), random.IntN(8)
				s := harmed(name, fmt.Sprintf("bit %d of byte %d of %d, in %s", bit, at, len(holds), r.what), flipped(at, bit))
				all = append(all, s)
				if strings.HasPrefix(name, theLog+"/msgs/") && strings.HasSuffix(name, ".blk") {
					all = append(all, s.without(theIndex, "and the index gone"), s.copied(name))
				}
			}
		}
		for _, to := range []int{0, len(holds) / 2, len(holds) - 1} {
			if to >= 0 && to < len(holds) {
				all = append(all, harmed(name, fmt.Sprintf("cut to %d of %d bytes", to, len(holds)), func(h string) string { return h[:to] }))
			}
		}
		if strings.HasPrefix(name, theLog+"/msgs/") && strings.HasSuffix(name, ".blk") { // within its first message
			all = append(all, harmed(name, "cut to 30 bytes", func(h string) string { return h[:30] }).copied(name))
		}
		for range min(cuts, len(holds)) {
			to := random.IntN(len(holds))
			s := harmed(name, fmt.Sprintf("cut to %d of %d bytes", to, len(holds)), func(h string) string { return h[:to] })
			all = append(all, s)
			if strings.HasPrefix(name, theLog+"/msgs/") && strings.HasSuffix(name, ".blk") {
				all = append(all, s.without(theIndex, "and the index gone"), s.copied(name))
			}
		}
		gone := harm{name + ": gone", fateOf(name), name, func(t tree) { delete(t, name) }}
		if name == "store/highwater.json" {
			gone.fate = afresh // as of a store that was killed before its first end
		}
		all = append(all, gone)
	}
	for _, folder := range []string{theLog, theLog + "/msgs", "store/jetstream", theCopy} {
		all = append(all, harm{folder + ": gone", fateOf(folder + "/"), "", func(t tree) {
			for name := range t {
				if strings.HasPrefix(name, folder+"/") {
					delete(t, name)
				}
			}
		}})
	}
	return all
}

// without is a harm, and a file that is gone.
func (s harm) without(name, what string) harm {
	return harm{s.what + ", " + what, s.fate, "", func(t tree) {
		s.do(t)
		delete(t, name)
	}}
}

// copied is a harm of the log, and the same of its copy.
func (s harm) copied(name string) harm {
	return harm{s.what + ", and its copy likewise", s.fate, "", func(t tree) {
		s.do(t)
		t[theCopy+strings.TrimPrefix(name, theLog)] = t[name]
	}}
}

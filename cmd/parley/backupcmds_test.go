package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// What scripts of backups and keys do and look at.

// contents returns what each file below a folder holds, but for what is there
// only while somebody has the store open.
func contents(ts *testscript.TestScript, dir string) map[string]string {
	all := map[string]string{}
	ts.Check(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		below, _ := filepath.Rel(dir, path)
		all[below] = string(data)
		return err
	}))
	return all
}

// sameFolder: same-folder ONE TWO. Both have the same files with the same contents.
func sameFolder(ts *testscript.TestScript, _ bool, args []string) {
	one, two := contents(ts, ts.MkAbs(args[0])), contents(ts, ts.MkAbs(args[1]))
	for name, data := range one {
		if other, there := two[name]; !there || other != data {
			ts.Fatalf("%s is not the same in %s and %s (%d and %d bytes)", name, args[0], args[1], len(data), len(other))
		}
	}
	if len(one) != len(two) || len(one) < 5 {
		ts.Fatalf("%s has %d files, and %s %d", args[0], len(one), args[1], len(two))
	}
}

// hidden: hidden FOLDER TEXT. The text stands in none of its files.
func hidden(ts *testscript.TestScript, _ bool, args []string) {
	all := contents(ts, ts.MkAbs(args[0]))
	for name, data := range all {
		if bytes.Contains([]byte(data), []byte(args[1])) {
			ts.Fatalf("%q stands in %s", args[1], name)
		}
	}
	if len(all) < 5 {
		ts.Fatalf("there are only %d files", len(all))
	}
}

// remove: remove PATTERN. It deletes the files that match, of which there must be some.
func remove(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, path := range found {
		ts.Check(os.Remove(path))
	}
	if len(found) == 0 {
		ts.Fatalf("nothing matches %s", args[0])
	}
}

// globs: glob PATTERN N. So many files or folders match.
func globs(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(found) != want {
		ts.Fatalf("%q matches %s, not %d", found, args[0], want)
	}
}

// spoil: spoil FILE. It changes one bit in the middle of a file.
func spoilFile(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// ageKey: age-key IDENTITY RECIPIENT. It makes both, as age-keygen does.
func ageKey(ts *testscript.TestScript, _ bool, args []string) {
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(id.Recipient().String()+"\n"), 0o600))
}

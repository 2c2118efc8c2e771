//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

// smallDisk needs what Linux alone has: scripts ask for the condition tmpfs first.
func smallDisk(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("a small disk cannot be mounted here")
}

// readOnly is for a small disk.
func readOnly(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("a small disk cannot be mounted here")
}

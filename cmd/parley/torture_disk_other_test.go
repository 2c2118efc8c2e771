//go:build !linux

package main

import "testing"

// mountSmallDisk needs what Linux alone has.
func mountSmallDisk(t *testing.T, _ string) string {
	t.Helper()
	t.Skip("a small disk is mounted on Linux only")
	return ""
}

func remountSmallDisk(t *testing.T, _ string, _ bool) { t.Helper() }

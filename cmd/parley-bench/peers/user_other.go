//go:build !unix

package main

import "os/exec"

// give does nothing: who runs this runs PostgreSQL.
func give(string) error { return nil }

// unprivileged lets a program be run by who runs this.
func unprivileged(c *exec.Cmd, dir string) error {
	c.Dir = dir
	return nil
}

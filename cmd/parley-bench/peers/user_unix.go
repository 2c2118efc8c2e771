//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// PostgreSQL refuses to run as root. Where this does, it is run as the user that
// comes with it.
const standIn = "postgres"

// give gives a folder to whoever runs PostgreSQL.
func give(dir string) error {
	credential, err := whoever()
	if err != nil || credential == nil {
		return err
	}
	return os.Chown(dir, int(credential.Uid), int(credential.Gid))
}

// unprivileged has a program run by whoever runs PostgreSQL, in a folder that is theirs.
func unprivileged(c *exec.Cmd, dir string) error {
	credential, err := whoever()
	c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Credential: credential}
	return err
}

// whoever returns who runs PostgreSQL; nil for who runs this.
func whoever() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(standIn)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

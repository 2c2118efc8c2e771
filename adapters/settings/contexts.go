package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Errors of contexts.
var (
	ErrNoContext     = errors.New("there is no such context")
	ErrContextExists = errors.New("there is a context of that name already")
	ErrBadContext    = errors.New("this is no context")
)

// Context is one server that a client knows.
type Context struct {
	URL   string `toml:"url" json:"url"`                         // nats://parley.lmc.example:4222, or several with commas between
	Creds string `toml:"creds,omitempty" json:"creds,omitempty"` // the file that proves who the user is
	CA    string `toml:"ca,omitempty" json:"ca,omitempty"`       // the file with the certificate that the server's was made with; empty for the system's
}

// Contexts is the servers that a client knows, by name.
type Contexts struct {
	Default string             `toml:"default,omitempty" json:"default,omitempty"` // the one that is used unless another is named; may be empty
	Named   map[string]Context `toml:"context,omitempty" json:"contexts"`
}

// ContextsPath returns where this user's contexts are kept.
func ContextsPath() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder for the list of servers: %w", err)
	}
	return filepath.Join(folder, "parley", "contexts.toml"), nil
}

// ReadContexts reads a list of servers. If there is none it is empty. Its errors
// are *InvalidError, or that the file cannot be read.
func ReadContexts(path string) (Contexts, error) {
	none := Contexts{Named: map[string]Context{}}
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("the list of servers cannot be read: %w", err)
	}
	doc, top := parse(path, string(source))
	if top == nil {
		return none, doc.err()
	}
	c := Contexts{Default: top.text("default"), Named: map[string]Context{}}
	if named := top.sub("context"); named != nil {
		for _, name := range slices.Sorted(maps.Keys(named.values)) {
			if t := named.sub(name); t != nil {
				found := Context{URL: t.text("url"), Creds: t.text("creds"), CA: t.text("ca")}
				if err := found.check(name); err != nil {
					t.complain(t.name, fmt.Sprintf("the context %q cannot be used", name), err.Error(), "remove it with parley context remove "+name+", and add it again")
				}
				t.close()
				c.Named[name] = found
			}
		}
	}
	if _, known := c.Named[c.Default]; c.Default != "" && !known {
		top.complain("default", fmt.Sprintf("the default is %q", c.Default), ErrNoContext.Error(), "name one that there is, or leave it out")
	}
	top.close()
	return c, doc.err()
}

// Find returns the server of that name, or the default one for "". Its error
// wraps ErrNoContext. If no name is asked for and there is no default, found is
// false.
func (c Contexts) Find(name string) (server Context, found bool, err error) {
	if name == "" {
		name = c.Default
	}
	if name == "" {
		return Context{}, false, nil
	}
	server, found = c.Named[name]
	if !found {
		return Context{}, false, c.missing(name)
	}
	return server, true, nil
}

func (c Contexts) missing(name string) error {
	if len(c.Named) == 0 {
		return fmt.Errorf("%w: %q; there are none yet: parley context add %s --url nats://…", ErrNoContext, name, name)
	}
	return fmt.Errorf("%w: %q; there are %s", ErrNoContext, name, strings.Join(slices.Sorted(maps.Keys(c.Named)), ", "))
}

// AddContext adds a server to the list, and makes it the default if it is the
// first. Paths are kept as absolute ones. Errors wrap ErrContextExists,
// ErrBadContext, or are those of ReadContexts.
func AddContext(path, name string, server Context) error {
	for _, file := range []*string{&server.Creds, &server.CA} {
		if *file != "" {
			whole, err := filepath.Abs(*file)
			if err != nil {
				return err
			}
			*file = whole
		}
	}
	if err := server.check(name); err != nil {
		return fmt.Errorf("%w: %w", ErrBadContext, err)
	}
	return change(path, func(c *Contexts) error {
		if _, exists := c.Named[name]; exists {
			return fmt.Errorf("%w: %q; remove it first", ErrContextExists, name)
		}
		if len(c.Named) == 0 {
			c.Default = name
		}
		c.Named[name] = server
		return nil
	})
}

// RemoveContext takes a server off the list. If it was the default there is none
// then. The error wraps ErrNoContext, or is one of ReadContexts.
func RemoveContext(path, name string) error {
	return change(path, func(c *Contexts) error {
		if _, exists := c.Named[name]; !exists {
			return c.missing(name)
		}
		delete(c.Named, name)
		if c.Default == name {
			c.Default = ""
		}
		return nil
	})
}

// SetDefaultContext makes a server the default; "" is none, so that the embedded
// store is used. The error wraps ErrNoContext, or is one of ReadContexts.
func SetDefaultContext(path, name string) error {
	return change(path, func(c *Contexts) error {
		if _, exists := c.Named[name]; !exists && name != "" {
			return c.missing(name)
		}
		c.Default = name
		return nil
	})
}

// change changes the list of servers on disk.
func change(path string, how func(*Contexts) error) error {
	return alone(path, func() error {
		c, err := ReadContexts(path)
		if err != nil {
			return err
		}
		if err := how(&c); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := toml.NewEncoder(&b).Encode(c); err != nil {
			return err
		}
		if err := replace(path, b.Bytes()); err != nil {
			return fmt.Errorf("the list of servers cannot be written: %w", err)
		}
		return nil
	})
}

// check returns what is wrong with a name and its server.
func (c Context) check(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return fmt.Errorf("a name has letters, digits, - and _, and %q does not", name)
	}
	for _, one := range strings.Split(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		schemes := []string{"nats", "tls", "ws", "wss"}
		switch {
		case err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme):
			return errors.New("the address of a server is written nats://parley.lmc.example:4222 or tls://…")
		case u.User != nil:
			return errors.New("the address has a name or a password in it: those belong in the file of credentials")
		}
	}
	return nil
}

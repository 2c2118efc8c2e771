package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// atTerminal returns a program with somebody at its terminal, who is asked line
// by line and types this.
func atTerminal(typed io.Reader) (*app, *bytes.Buffer) {
	var out bytes.Buffer
	a := newTestApp(&out)
	a.stdin, a.terminal = typed, true
	a.getenv = func(name string) string { return map[string]string{"ACCESSIBLE": "1", "NO_COLOR": "1"}[name] }
	return a, &out
}

func TestAQuestionIsAskedOfWhoeverIsThere(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  error
	}{{"y\n", nil}, {"yes\n", nil}, {"n\n", errDeclined}, {"\n", errDeclined}, {"", errDeclined}, {"perhaps\nno\n", errDeclined}} {
		a, out := atTerminal(strings.NewReader(c.typed))
		if err := a.ask(t.Context(), "Go on?"); !errors.Is(err, c.want) {
			t.Errorf("%q is taken as %v, want %v", c.typed, err, c.want)
		}
		if !strings.Contains(out.String(), "Go on?") || strings.Contains(out.String(), "38;") {
			t.Errorf("the question is put as %q", out.String())
		}
	}
}

func TestNobodyIsAskedWhoIsNotThereOrHasAnswered(t *testing.T) {
	for name, change := range map[string]func(*app){
		"--yes":       func(a *app) { a.yes = true },
		"--no-input":  func(a *app) { a.noInput = true },
		"no terminal": func(a *app) { a.terminal = false },
	} {
		a, out := atTerminal(strings.NewReader("n\n"))
		change(a)
		if err := a.ask(t.Context(), "Go on?"); err != nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q", name, err, out.String())
		}
	}
}

// A question can be left with an interrupt, even in the middle of a line.
func TestAQuestionIsLeftWithAnInterrupt(t *testing.T) {
	silent, typing := io.Pipe()
	defer func() { _ = typing.Close() }()
	a, _ := atTerminal(silent)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := a.ask(ctx, "Go on?"); !errors.Is(err, errInterrupted) {
		t.Errorf("left with %v", err)
	}
}

package main

import (
	"context"
	"errors"

	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
)

// ask puts a question that only yes lets pass. Where nobody is there to answer
// it the command line is taken at its word.
func (a *app) ask(ctx context.Context, question string) error {
	if question == "" || a.yes || a.noInput || !a.terminal {
		return nil
	}
	var yes bool
	err := a.fillIn(ctx, huh.NewConfirm().Title(question).Affirmative("Yes").Negative("No").Value(&yes))
	if err == nil && !yes {
		err = errDeclined
	}
	return err
}

// fillIn has these fields filled in by whoever is at the terminal. With
// ACCESSIBLE set it asks line by line, for screen readers.
func (a *app) fillIn(ctx context.Context, fields ...huh.Field) error {
	lineByLine := a.getenv("ACCESSIBLE") != ""
	form := huh.NewForm(huh.NewGroup(fields...)).WithTheme(huh.ThemeFunc(plain)).
		WithAccessible(lineByLine).WithInput(a.stdin).WithOutput(a.stderr)
	answered := make(chan error, 1)
	go func() { answered <- form.RunWithContext(ctx) }()
	var interrupted <-chan struct{}
	if lineByLine { // which would wait for the end of the line, whatever happens
		interrupted = ctx.Done()
	}
	select {
	case <-interrupted:
		return errInterrupted
	case err := <-answered:
		if ctx.Err() != nil || errors.Is(err, huh.ErrUserAborted) {
			return errInterrupted
		}
		return err
	}
}

// plain is how forms look: what is chosen stands in brackets, so that it shows
// without any colour.
func plain(dark bool) *huh.Styles {
	theme := huh.ThemeBase(dark)
	button := lipgloss.NewStyle().MarginRight(1)
	theme.Focused.FocusedButton = button.Bold(true).Transform(func(s string) string { return "[" + s + "]" })
	theme.Focused.BlurredButton = button.Transform(func(s string) string { return " " + s + " " })
	theme.Focused.Title = lipgloss.NewStyle().Bold(true)
	theme.Blurred.Title = lipgloss.NewStyle()
	return theme
}

package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
)

// helped returns every command there is help for.
func helped(root *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{root}
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" { // which cobra explains
			all = append(all, helped(cmd)...)
		}
	}
	return all
}

// The help of every command fits a terminal, and nothing of it is lost: what it
// says reads as it was written, and its examples are still those commands.
func TestHelpFitsATerminal(t *testing.T) {
	all := helped(newRoot(newTestApp(&bytes.Buffer{}), ""))
	if len(all) < 60 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, cmd := range all {
		var page bytes.Buffer
		cmd.SetOut(&page)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(page.String()) {
			if w := lipgloss.Width(strings.TrimSuffix(line, "\n")); w > columns {
				t.Errorf("the help of %s has a line of %d columns:\n%s", cmd.CommandPath(), w, line)
			}
		}
		said := strings.Fields(page.String())
		about := strings.Fields(cmd.Long)
		if len(about) == 0 {
			about = strings.Fields(cmd.Short)
		}
		if !slices.Equal(said[:len(about)], about) {
			t.Errorf("the help of %s does not begin with what is to be said:\n%s", cmd.CommandPath(), page.String())
		}
		_, examples, _ := strings.Cut(page.String(), "\nExamples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		got, want := commandsIn(strings.ReplaceAll(examples, " \\\n   ", "")), commandsIn(cmd.Example)
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("the examples of %s became\n%q\nand are\n%q", cmd.CommandPath(), got, want)
		}
		if usage := strings.Join(said, " "); cmd.Runnable() && !strings.Contains(usage, strings.Join(strings.Fields(cmd.UseLine()), " ")) {
			t.Errorf("the help of %s does not say how it is used:\n%s", cmd.CommandPath(), page.String())
		}
	}
}

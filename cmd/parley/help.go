package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
)

// helpWidth is how many columns the help of a command takes at most, wherever it is
// read.
const helpWidth = 80

// slop is by how much the last line of what is said of a flag may go beyond the
// width that is asked for.
const slop = 5

// explainWithin has the help of a command, and of all below it, fit its width.
func explainWithin(root *cobra.Command) {
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", helpWidth-slop)))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		about := cmd.Long
		if about == "" {
			about = cmd.Short
		}
		page := prose(strings.TrimSpace(about)) + "\n\n"
		if cmd.Runnable() || cmd.HasSubCommands() { // which a text has not, such as exit-codes
			page += synopsis(cmd.UsageString())
		}
		_, _ = io.WriteString(cmd.OutOrStdout(), page)
	})
}

// prose breaks the paragraphs of a text afresh that are too wide. Lines that are
// set in are left as they are.
func prose(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") && lipgloss.Width(p) > helpWidth {
			paragraphs[i] = laid(strings.Fields(p), helpWidth, "", "")
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// synopsis breaks the lines of a usage that are too wide: those of examples so that
// a shell takes the lines for one.
func synopsis(usage string) string {
	var page strings.Builder
	end := ""
	for line := range strings.Lines(usage) {
		if !strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "" {
			end = ""
			if line == "Examples:\n" {
				end = ` \`
			}
		}
		page.WriteString(folded(line, end))
	}
	return page.String()
}

// listed matches the name of a command in a list, up to what it is for.
var listed = regexp.MustCompile(`^ +\S+ {2,}`)

// folded breaks a line that is too wide between its words, each of its lines but
// the last with this end. What stands in quotes is one word, and so are a flag and
// its value.
func folded(line, end string) string {
	if lipgloss.Width(line) <= helpWidth {
		return line
	}
	indent := strings.Repeat(" ", max(4, len(listed.FindString(line))))
	whole := strings.TrimRight(line, "\n")
	return laid(phrases(whole), helpWidth, indent, end) + line[len(whole):]
}

// laid lays words out in lines of this width. Each but the first begins with the
// indent, and each but the last has this end. A word that fits no line has one to
// itself.
func laid(words []string, width int, indent, end string) string {
	var text strings.Builder
	column := 0
	for i, word := range words {
		w := lipgloss.Width(word)
		switch {
		case i == 0:
		case column+1+w+lipgloss.Width(end) > width:
			text.WriteString(end + "\n" + indent)
			column = lipgloss.Width(indent)
		default:
			text.WriteByte(' ')
			column++
		}
		text.WriteString(word)
		column += w
	}
	return text.String()
}

// phrases splits a line at the spaces at which it may be broken.
func phrases(line string) []string {
	var all []string
	quote, from := rune(0), 0
	begun := false // a word, after what the line is set in by
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r != ' ':
			begun = true
		case begun && !awaits(line[from:i], line[i+1:]):
			all, from = append(all, line[from:i]), i+1
		}
	}
	return append(all, line[from:])
}

// awaits reports whether a word is a flag that what follows is the value of.
func awaits(word, then string) bool {
	return strings.HasPrefix(word, "-") && !strings.Contains(word, " ") && !strings.HasPrefix(then, "-")
}

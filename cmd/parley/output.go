package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/itchyny/gojq"

	"parley/domain/calendar"
)

// report is the answer to a command, ready to be printed in any of the three
// ways. page, where there is one, is what people are shown instead of the table.
type report struct {
	value   any // what JSON is made of
	columns []string
	rows    [][]cell
	brief   []string                     // the columns that people are shown; all if it is empty
	narrow  []string                     // those of them that matter most, for a terminal that all do not fit
	tight   func(w io.Writer, width int) // what people are shown instead of a table that does not fit the terminal, where there is something
	empty   string                       // what people are told when there are no rows
	page    func(w io.Writer, width int) // width is 0 where lines may be of any length
}

// cell is one value of a table: as people read it, and as programs do.
type cell struct{ shown, raw string }

func text(s string) cell { return cell{s, s} }

func number(n int) cell { return text(fmt.Sprint(n)) }

func date(d calendar.Date) cell { return cell{d.Long(), d.String()} }

func mark(is bool, shown string) cell {
	if is {
		return cell{shown, "true"}
	}
	return cell{"", "false"}
}

func (a *app) checkOutput() error {
	if a.jq != "" {
		if _, err := gojq.Parse(a.jq); err != nil {
			return usageError{fmt.Errorf("--jq %q is not a jq expression: %w", a.jq, err)}
		}
	}
	switch a.output {
	case "table", "csv":
		if a.jq != "" {
			a.output = "json"
		}
		return nil
	case "json":
		return nil
	}
	return usageError{fmt.Errorf("-o %s is not a way to print: use table, json or csv", a.output)}
}

// print writes the report to stdout. Its errors wrap errFilter or errOutput.
func (a *app) print(r report) error {
	err := a.printed(r)
	if err == nil || errors.Is(err, errFilter) {
		return err
	}
	return fmt.Errorf("%w: %w", errOutput, err)
}

func (a *app) printed(r report) error {
	switch {
	case a.jq != "":
		return a.printJQ(r.value)
	case a.output == "json":
		return writeJSON(a.stdout, r.value)
	case a.output == "csv":
		return writeCSV(a.stdout, r)
	case r.page != nil:
		var page bytes.Buffer
		r.page(&page, a.width)
		_, err := a.stdout.Write(page.Bytes())
		return err
	case len(r.rows) == 0:
		a.say("%s", r.empty)
		return nil
	}
	return a.writeTable(r)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func writeCSV(w io.Writer, r report) error {
	out := csv.NewWriter(w)
	_ = out.Write(r.columns)
	for _, row := range r.rows {
		raw := make([]string, len(row))
		for i, c := range row {
			raw[i] = spreadsheetSafe(c.raw)
		}
		_ = out.Write(raw)
	}
	out.Flush()
	return out.Error()
}

// spreadsheetSafe keeps Excel from taking what somebody wrote for a formula.
func spreadsheetSafe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && strings.Trim(s, "-0123456789.") != "" {
		return "'" + s
	}
	return s
}

// shown returns the heading and the rows as people are shown them, with these
// columns, or all if there are none.
func (r report) shown(columns []string) [][]string {
	heading, keep := []string{}, []int{}
	for i, c := range r.columns {
		if len(columns) == 0 || slices.Contains(columns, c) {
			heading = append(heading, strings.ToUpper(strings.ReplaceAll(c, "_", " ")))
			keep = append(keep, i)
		}
	}
	rows := [][]string{heading}
	for _, row := range r.rows {
		shown := make([]string, len(keep))
		for i, k := range keep {
			shown[i] = oneLine(row[k].shown)
		}
		rows = append(rows, shown)
	}
	return rows
}

// writeTable prints rows under a heading. On a terminal they fit its width: the
// columns that can be done without are left out, then the last one gives way,
// and if that is not enough the others do too.
func (a *app) writeTable(r report) error {
	out := tableOf(r.shown(r.brief), 0)
	if fits := func() bool { return a.width <= 0 || lipgloss.Width(out) <= a.width }; !fits() {
		if r.tight != nil {
			var rows bytes.Buffer
			r.tight(&rows, a.width)
			_, err := a.stdout.Write(rows.Bytes())
			return err
		}
		rows := r.shown(r.brief)
		if len(r.narrow) > 0 {
			rows = r.shown(r.narrow)
		}
		out = tableOf(rows, a.width)
	}
	_, err := lipgloss.Fprintln(a.stdout, trimLines(out))
	return err
}

// leastLast is how narrow the last column of a table may become before the
// others give way too.
const leastLast = 12

// tableOf lays rows out, the first of them as headings, within a width unless
// that is 0.
func tableOf(rows [][]string, width int) string {
	last := len(rows[0]) - 1
	widths, sum := make([]int, last), 0
	for i := range widths {
		for _, row := range rows {
			widths[i] = max(widths[i], lipgloss.Width(row[i])+2)
		}
		sum += widths[i]
	}
	fixed := width == 0 || sum+leastLast <= width
	t := table.New().Headers(rows[0]...).Rows(rows[1:]...).Wrap(true).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).BorderRow(false).
		StyleFunc(func(row, col int) lipgloss.Style {
			style := lipgloss.NewStyle().Bold(row == table.HeaderRow)
			if col < last {
				style = style.PaddingRight(2)
			}
			if col < last && fixed {
				style = style.Width(widths[col])
			}
			return style
		})
	if width > 0 {
		t = t.Width(width)
	}
	return t.String()
}

// say tells people something on stderr. On a terminal its lines are broken between
// words where they do not fit it; elsewhere each stays one.
func (a *app) say(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		line = oneLine(line)
		if a.told > 0 {
			set := line[:len(line)-len(strings.TrimLeft(line, " "))]
			words := strings.Split(line[len(set):], " ")
			words[0] = set + words[0]
			line = laid(words, a.told, set, "")
		}
		_, _ = fmt.Fprintln(a.stderr, line)
	}
}

// hanging writes text after lead, broken into lines that fit width and begin
// where text does.
func hanging(w io.Writer, lead, text string, width int) {
	indent := lipgloss.Width(lead)
	if width > 0 {
		text = lipgloss.Wrap(text, max(20, width-indent), " ")
	}
	text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))
	_, _ = fmt.Fprintln(w, strings.TrimRight(lead+text, " "))
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// oneLine keeps a text with line breaks, or worse, within its cell.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// printJQ prints what the jq expression makes of v, one JSON value a line; all
// of it, or nothing if it fails on the way.
func (a *app) printJQ(v any) error {
	query, err := gojq.Parse(a.jq)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(whole, &plain); err != nil {
		return err
	}
	var made bytes.Buffer
	for results := query.Run(plain); ; {
		result, ok := results.Next()
		if !ok {
			_, err := a.stdout.Write(made.Bytes())
			return err
		}
		if failed, ok := result.(error); ok {
			return fmt.Errorf("%w: %w", errFilter, failed)
		}
		if s, ok := result.(string); ok {
			made.WriteString(s + "\n")
			continue
		}
		line, err := gojq.Marshal(result)
		if err != nil {
			return err
		}
		made.Write(append(line, '\n'))
	}
}

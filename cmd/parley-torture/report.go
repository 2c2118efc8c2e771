package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// report is what was tried, where and when.
type report struct {
	machine string
	began   time.Time
	took    time.Duration
	short   bool
	trials  []trial
}

// failed returns how many trials failed.
func (r report) failed() int {
	n := 0
	for _, t := range r.trials {
		if !t.passed && t.reason == "" {
			n++
		}
	}
	return n
}

// markdown returns the report: a sentence, a table, and what failed.
func (r report) markdown() string {
	var b strings.Builder
	form := "The long form"
	if r.short {
		form = "The short form"
	}
	fmt.Fprintf(&b, "%s, %s, on %s. It took %s. ", form, r.began.Format("2 January 2006"), r.machine, r.took.Round(time.Second))
	if n := r.failed(); n > 0 {
		fmt.Fprintf(&b, "**%d of %d trials failed.**\n\n", n, len(r.trials))
	} else {
		fmt.Fprintf(&b, "None of %d trials failed.\n\n", len(r.trials))
	}
	b.WriteString("| trial | what was done | what was found | took |\n|---|---|---|---|\n")
	for _, t := range r.trials {
		outcome := "nothing"
		switch {
		case t.reason != "":
			outcome = t.reason
		case !t.passed:
			outcome = "**failed**: see below"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", t.name, strings.ReplaceAll(strings.Join(t.done, "<br>"), "|", "\\|"), outcome, t.took.Round(time.Second))
	}
	for _, t := range r.trials {
		if t.output != "" {
			fmt.Fprintf(&b, "\n### %s\n\n```\n%s\n```\n", t.name, ends(t.output))
		}
	}
	return b.String()
}

// ends returns the beginning and the end of what is long.
func ends(said string) string {
	const most = 4 << 10
	said = strings.TrimSpace(strings.ReplaceAll(said, "```", "'''"))
	if len(said) <= 2*most {
		return said
	}
	return strings.ToValidUTF8(said[:most], "") + "\n…\n" + strings.ToValidUTF8(said[len(said)-most:], "")
}

var model = regexp.MustCompile(`(?m)^model name\s*:\s*(.*)$`)

// machine describes this machine, as far as it says what it is.
func machine(ctx context.Context) string {
	what := fmt.Sprintf("%d cores", runtime.NumCPU())
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := model.FindSubmatch(info); found != nil {
			what += " of an " + strings.TrimSpace(string(found[1]))
		}
	}
	what += ", " + runtime.GOOS
	if release, err := exec.CommandContext(ctx, "uname", "-r").Output(); err == nil {
		what += " " + strings.TrimSpace(string(release))
	}
	return what + ", " + runtime.Version()
}

const latest = "## Latest\n"

// replaceLatest puts a report in the place of the one before.
func replaceLatest(file, with string) error {
	holds, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, _, found := bytes.Cut(holds, []byte(latest))
	if !found {
		return fmt.Errorf("%s has no line %q for the report to go below", file, strings.TrimSpace(latest))
	}
	return os.WriteFile(file, fmt.Appendf(before, "%s\n%s", latest, with), 0o644)
}

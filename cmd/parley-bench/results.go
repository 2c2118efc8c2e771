package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// results is what was measured, of each store the last time.
type results struct {
	Stores []taken `json:"stores"`
}

// taken is what was measured of one store in one run.
type taken struct {
	Store     string    `json:"store"`
	Commits   int       `json:"commits"` // of cases; 0 if the figures are of no store in particular
	Date      time.Time `json:"date"`
	Took      string    `json:"took"`
	Machine   machine   `json:"machine"`
	Practices string    `json:"practices"` // real or made up
	Quick     bool      `json:"quick,omitempty"`
	Rows      []row     `json:"rows"`
}

// machine is what it was measured on.
type machine struct {
	Processor string     `json:"processor"`
	Cores     int        `json:"cores"`
	System    string     `json:"system"`
	Go        string     `json:"go"`
	Load      [2]float64 `json:"load"` // of the minute before, when it began and when it ended; 0 where the system does not say
}

// lookAround says what machine this is.
func lookAround() machine {
	m := machine{Processor: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS, Go: strings.TrimPrefix(runtime.Version(), "go")}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += " " + strings.TrimSpace(string(release))
	}
	m.Load[0] = load()
	return m
}

// load returns how many processes wanted to run in the last minute.
func load() (n float64) {
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscan(string(text), &n)
	}
	return n
}

func (m machine) String() string {
	return fmt.Sprintf("%d cores of %s, %s, Go %s, load %.1f at the beginning and %.1f at the end", m.Cores, m.Processor, m.System, m.Go, m.Load[0], m.Load[1])
}

// heading is what stands over the table of a store.
func (t taken) heading() string {
	title := t.Store
	if t.Commits > 0 {
		title = fmt.Sprintf("%s: %d commits of cases, practices %s", t.Store, t.Commits, t.Practices)
	}
	quick := ""
	if t.Quick {
		quick = " (a quick run)"
	}
	return fmt.Sprintf("### %s\n\n%s, in %s%s. %s.\n\n", title, t.Date.UTC().Format("2 January 2006 15:04"), t.Took, quick, t.Machine)
}

// markdown prints all tables.
func (r results) markdown(w io.Writer) error {
	for _, t := range r.Stores {
		if _, err := io.WriteString(w, t.heading()); err != nil {
			return err
		}
		if err := markdown(w, t.Rows); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return nil
}

// json prints all as JSON.
func (r results) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// Where results are kept, within a folder.
const (
	resultsFile = "bench.json"
	tableFile   = "bench.md"
	plotFile    = "growth.svg"
)

// save puts results in place of earlier ones of the same stores, and draws all.
func (r results) save(dir string) error {
	all, err := readResults(dir)
	if err != nil {
		return err
	}
	for _, t := range r.Stores {
		i := slices.IndexFunc(all.Stores, func(o taken) bool { return o.Store == t.Store })
		if i < 0 {
			all.Stores = append(all.Stores, t)
			continue
		}
		all.Stores[i] = t
	}
	slices.SortStableFunc(all.Stores, func(a, b taken) int { return a.Commits - b.Commits })
	var text, data, plot strings.Builder
	note := "<!-- Written by parley-bench -save: what it all means stands in performance.md. -->\n\n"
	text.WriteString(note)
	if err := errors.Join(all.markdown(&text), all.json(&data), all.plot(&plot), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	for name, content := range map[string]string{tableFile: text.String(), resultsFile: data.String(), plotFile: plot.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// readResults reads what was measured earlier; nothing where nothing was.
func readResults(dir string) (all results, err error) {
	text, err := os.ReadFile(filepath.Join(dir, resultsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return results{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	return all, err
}

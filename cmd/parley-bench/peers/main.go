// Command peers keeps what Parley keeps in plain databases, and says how long
// that takes: SQLite, and PostgreSQL where its server is installed. It is what
// parley-bench compares Parley with, and a module of its own, so that Parley
// needs none of what it needs.
//
// It reads questions from its input and writes answers to its output, a line of
// JSON each, until the input ends. A commit is a row in each database; it is
// written durably, under a version that must be the next of its line. Nothing is
// decoded. Times are taken within, without the passing of questions and answers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	// It ends with its input, and then puts everything away.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// question is what is asked.
type question struct {
	Op    string `json:"op"`
	Store string `json:"store"`
	N     int    `json:"n"`    // of fill, how often; of writers, how often each; of due, days
	Line  string `json:"line"` // of append: whose next commits; of load: whose
	Path  string `json:"path"` // of fill and dates: of a file with a line of JSON for each row
}

// answer is what came of it.
type answer struct {
	Error   string            `json:"error,omitempty"`
	Took    []time.Duration   `json:"took,omitempty"` // of each repetition, or of all
	N       int               `json:"n"`              // rows
	Names   []string          `json:"names,omitempty"`
	Titles  map[string]string `json:"titles,omitempty"`  // of stores, with their versions
	Missing map[string]string `json:"missing,omitempty"` // why stores are left out
	Psql    []string          `json:"psql,omitempty"`    // what runs psql select 1
}

// commit is a row of the log.
type commit struct {
	Line    string `json:"line"` // whose: case/GLO-26-0001
	Version int    `json:"version"`
	Stored  []byte `json:"stored"`
}

// date is a row of the list of what is due.
type date struct {
	Ref   string `json:"ref"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Due   string `json:"due"` // 2026-10-26
}

// database is one of the peers. Its methods may be called from many goroutines.
type database interface {
	// fill writes commits, all at once.
	fill(ctx context.Context, all []commit) error

	// append writes a commit durably. It fails if its line has its version.
	append(ctx context.Context, c commit) error

	// load reads the commits of a line, in order, and counts them.
	load(ctx context.Context, line string) (int, error)

	// scan reads all commits, in order, and counts them.
	scan(ctx context.Context) (int, error)

	// dates writes the list of what is due, all at once.
	dates(ctx context.Context, all []date) error

	// due reads what is due within so many days, by date, and counts it.
	due(ctx context.Context, days int) (int, error)

	close() error
}

// peers is the databases there are.
type peers struct {
	all      map[string]database
	versions map[string]int // of the lines that were appended to
	first    answer
}

func run(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	p := &peers{all: map[string]database{}, versions: map[string]int{}, first: answer{Titles: map[string]string{}, Missing: map[string]string{}}}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.open(ctx); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(p.first); err != nil {
		return err
	}
	for questions := json.NewDecoder(in); ; {
		var q question
		if err := questions.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := p.answer(ctx, q)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

// open opens the databases, and says what there is.
func (p *peers) open(ctx context.Context) error {
	lite, title, err := openSQLite(ctx)
	if err != nil {
		return err
	}
	p.first.Names, p.first.Titles["sqlite"], p.all["sqlite"] = []string{"sqlite"}, title, lite
	post, title, err := openPostgres(ctx)
	if err != nil {
		p.first.Missing["postgres"] = err.Error()
		return nil
	}
	p.first.Names, p.first.Titles["postgres"], p.all["postgres"] = append(p.first.Names, "postgres"), title, post
	p.first.Psql = post.psql()
	return nil
}

func (p *peers) close() error {
	var errs []error
	for _, d := range p.all {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}

// answer carries out one question.
func (p *peers) answer(ctx context.Context, q question) (a answer, err error) {
	d := p.all[q.Store]
	if d == nil {
		return a, fmt.Errorf("there is no store %q", q.Store)
	}
	began := time.Now()
	switch q.Op {
	case "fill":
		all, err := readRows[commit](q.Path)
		if err != nil {
			return a, err
		}
		a.N, err = len(all), d.fill(ctx, all)
		return a, err
	case "dates":
		all, err := readRows[date](q.Path)
		if err != nil {
			return a, err
		}
		a.N, err = len(all), d.dates(ctx, all)
		return a, err
	case "append":
		a.N = q.N
		a.Took, err = p.appends(ctx, d, q.Store+" "+q.Line, q.N)
		return a, err
	case "writers":
		err = p.writers(ctx, d, q.Store+" "+q.Line, q.N)
	case "load":
		a.N, err = d.load(ctx, q.Line)
	case "scan":
		a.N, err = d.scan(ctx)
	case "due":
		a.N, err = d.due(ctx, q.N)
	default:
		return a, fmt.Errorf("%q cannot be asked", q.Op)
	}
	a.Took = []time.Duration{time.Since(began)}
	return a, err
}

// How much is written, and by how many at once: as much as a note of Parley is.
const (
	ordinary = 650
	writers  = 16
)

// appends appends commits to a line, and returns how long each took.
func (p *peers) appends(ctx context.Context, d database, line string, n int) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for range n {
		p.versions[line]++
		began := time.Now()
		if err := d.append(ctx, commit{line, p.versions[line], make([]byte, ordinary)}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// writers has sixteen append at once, each to a line of its own.
func (p *peers) writers(ctx context.Context, d database, line string, each int) error {
	errs := make([]error, writers)
	var all sync.WaitGroup
	from := p.versions[line]
	p.versions[line] += each
	for w := range writers {
		all.Go(func() {
			for k := range each {
				c := commit{fmt.Sprintf("%s %d", line, w), from + k + 1, make([]byte, ordinary)}
				if errs[w] = d.append(ctx, c); errs[w] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// readRows reads a file with a line of JSON for each row.
func readRows[R any](path string) (all []R, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for rows := json.NewDecoder(bufio.NewReader(f)); ; {
		var r R
		if err := rows.Decode(&r); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgres is a PostgreSQL server of its own, as it comes: every commit is
// forced to disk.
type postgres struct {
	dir    string
	bin    string // the folder of its programs
	server *exec.Cmd
	pool   *pgxpool.Pool
}

// openPostgres makes a cluster in a temporary folder, and starts a server on it
// that listens on a socket within that folder.
func openPostgres(ctx context.Context) (_ *postgres, title string, err error) {
	p := &postgres{}
	if p.bin, err = findPostgres(); err != nil {
		return nil, "", err
	}
	if p.dir, err = os.MkdirTemp("", "parley-peers-pg-"); err != nil {
		return nil, "", err
	}
	if err = give(p.dir); err == nil {
		err = p.start(ctx)
	}
	if err == nil {
		title, err = p.prepare(ctx)
	}
	if err != nil {
		return nil, "", errors.Join(err, p.close())
	}
	return p, title, nil
}

// findPostgres returns the folder of the newest PostgreSQL that is installed.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("the server of PostgreSQL is not installed")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// start makes the cluster and starts the server.
func (p *postgres) start(ctx context.Context) error {
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(p.bin, "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
	if err := unprivileged(initdb, p.dir); err != nil {
		return err
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	var said strings.Builder
	p.server = exec.CommandContext(ctx, filepath.Join(p.bin, "postgres"), "-D", data, "-k", p.dir, "-c", "listen_addresses=")
	p.server.Stderr = &said
	if err := unprivileged(p.server, p.dir); err != nil {
		return err
	}
	if err := p.server.Start(); err != nil {
		p.server = nil
		return err
	}
	for range 200 {
		var err error
		if p.pool, err = pgxpool.New(ctx, "host="+p.dir+" user=bench dbname=postgres pool_max_conns=16"); err != nil {
			return err
		}
		if p.pool.Ping(ctx) == nil {
			return nil
		}
		p.pool.Close()
		p.pool = nil
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server of PostgreSQL does not answer: %s", &said)
}

// prepare makes the tables, and returns what server it is.
func (p *postgres) prepare(ctx context.Context) (string, error) {
	var version string
	if err := p.pool.QueryRow(ctx, "show server_version").Scan(&version); err != nil {
		return "", err
	}
	_, err := p.pool.Exec(ctx, `
		create table log (position bigint generated always as identity primary key, line text not null, version int not null, stored bytea not null, unique (line, version));
		create table dates (ref text not null, id text not null, title text not null, due date not null, running bool not null, primary key (ref, id));
		create index due on dates (due) where running;`)
	number, _, _ := strings.Cut(version, " ")
	return "PostgreSQL " + number, err
}

// psql returns what runs psql select 1.
func (p *postgres) psql() []string {
	psql, err := exec.LookPath("psql")
	if err != nil {
		psql = filepath.Join(p.bin, "psql")
	}
	return []string{psql, "-X", "-q", "-t", "-h", p.dir, "-U", "bench", "-d", "postgres", "-c", "select 1"}
}

func (p *postgres) fill(ctx context.Context, all []commit) error {
	_, err := p.pool.CopyFrom(ctx, pgx.Identifier{"log"}, []string{"line", "version", "stored"}, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		return []any{all[i].Line, all[i].Version, all[i].Stored}, nil
	}))
	return errors.Join(err, p.tidy(ctx))
}

func (p *postgres) dates(ctx context.Context, all []date) error {
	_, err := p.pool.CopyFrom(ctx, pgx.Identifier{"dates"}, []string{"ref", "id", "title", "due", "running"}, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
		due, err := time.Parse(time.DateOnly, all[i].Due)
		return []any{all[i].Ref, all[i].ID, all[i].Title, due, true}, err
	}))
	return errors.Join(err, p.tidy(ctx))
}

// tidy does what the server does by itself some time after rows came.
func (p *postgres) tidy(ctx context.Context) error {
	_, err := p.pool.Exec(ctx, "vacuum analyze")
	return err
}

func (p *postgres) append(ctx context.Context, c commit) error {
	_, err := p.pool.Exec(ctx, "insert into log (line, version, stored) values ($1, $2, $3)", c.Line, c.Version, c.Stored)
	return err
}

func (p *postgres) load(ctx context.Context, line string) (int, error) {
	return p.stored(ctx, "select stored from log where line = $1 order by version", line)
}

func (p *postgres) scan(ctx context.Context) (int, error) {
	return p.stored(ctx, "select stored from log order by position")
}

// stored reads what a query finds, and counts it.
func (p *postgres) stored(ctx context.Context, query string, args ...any) (n int, err error) {
	rows, err := p.pool.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var stored pgtype.DriverBytes
	for ; rows.Next(); n++ {
		if err := rows.Scan(&stored); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func (p *postgres) due(ctx context.Context, days int) (n int, err error) {
	rows, err := p.pool.Query(ctx, "select ref, id, title, due from dates where running and due <= $1::text::date order by due, ref, id", dayAfter(days))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var ref, id, title string
		var due time.Time
		if err := rows.Scan(&ref, &id, &title, &due); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func (p *postgres) close() error {
	var err error
	if p.pool != nil {
		p.pool.Close()
	}
	if p.server != nil {
		err = p.server.Process.Signal(os.Interrupt) // a fast shutdown
		_ = p.server.Wait()                         // how it ends does not matter any more
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// sqlite is a SQLite file that is forced to disk with every commit.
type sqlite struct {
	dir string
	db  *sql.DB
}

// openSQLite makes a file of its own.
func openSQLite(ctx context.Context) (*sqlite, string, error) {
	dir, err := os.MkdirTemp("", "parley-peers-sqlite-")
	if err != nil {
		return nil, "", err
	}
	s := &sqlite{dir: dir}
	s.db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "log.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	var version string
	if err == nil {
		s.db.SetMaxOpenConns(1) // one writes at a time, whatever is done
		err = s.db.QueryRowContext(ctx, "select sqlite_version()").Scan(&version)
	}
	if err == nil {
		_, err = s.db.ExecContext(ctx, `
			create table log (position integer primary key, line text not null, version integer not null, stored blob not null, unique (line, version));
			create table dates (ref text not null, id text not null, title text not null, due text not null, running integer not null, primary key (ref, id));
			create index due on dates (due) where running;`)
	}
	if err != nil {
		return nil, "", errors.Join(err, s.close())
	}
	return s, "SQLite " + version, nil
}

func (s *sqlite) fill(ctx context.Context, all []commit) error {
	return s.many(ctx, "insert into log (line, version, stored) values (?, ?, ?)", len(all), func(i int) []any {
		return []any{all[i].Line, all[i].Version, all[i].Stored}
	})
}

func (s *sqlite) dates(ctx context.Context, all []date) error {
	return s.many(ctx, "insert into dates values (?, ?, ?, ?, 1)", len(all), func(i int) []any {
		return []any{all[i].Ref, all[i].ID, all[i].Title, all[i].Due}
	})
}

// many inserts rows in one transaction.
func (s *sqlite) many(ctx context.Context, statement string, n int, row func(int) []any) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing is left of it once it is committed
	insert, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := insert.ExecContext(ctx, row(i)...); err != nil {
			return err
		}
	}
	return errors.Join(insert.Close(), tx.Commit())
}

func (s *sqlite) append(ctx context.Context, c commit) error {
	_, err := s.db.ExecContext(ctx, "insert into log (line, version, stored) values (?, ?, ?)", c.Line, c.Version, c.Stored)
	return err
}

func (s *sqlite) load(ctx context.Context, line string) (int, error) {
	return s.stored(ctx, "select stored from log where line = ? order by version", line)
}

func (s *sqlite) scan(ctx context.Context) (int, error) {
	return s.stored(ctx, "select stored from log order by position")
}

// stored reads what a query finds, and counts it.
func (s *sqlite) stored(ctx context.Context, query string, args ...any) (n int, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var stored sql.RawBytes
	for ; rows.Next(); n++ {
		if err := rows.Scan(&stored); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func (s *sqlite) due(ctx context.Context, days int) (n int, err error) {
	rows, err := s.db.QueryContext(ctx, "select ref, id, title, due from dates where running and due <= ? order by due, ref, id", dayAfter(days))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for ; rows.Next(); n++ {
		var d date
		if err := rows.Scan(&d.Ref, &d.ID, &d.Title, &d.Due); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func (s *sqlite) close() error {
	if s.db == nil {
		return os.RemoveAll(s.dir)
	}
	return errors.Join(s.db.Close(), os.RemoveAll(s.dir))
}

// dayAfter returns the day so many days from today, as SQL has it.
func dayAfter(days int) string {
	year, month, day := time.Now().UTC().AddDate(0, 0, days).Date()
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

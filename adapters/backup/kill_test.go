package backup_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/backup"
	"parley/adapters/logtest"
	"parley/adapters/storedir"
	"parley/events"
)

// childVariable makes this test's program do something until it is killed:
// "take STORE FOLDER" or "restore FILE STORE", parted by newlines.
const childVariable = "PARLEY_BACKUP_TEST_CHILD"

func TestMain(m *testing.M) {
	task := os.Getenv(childVariable)
	if task == "" {
		os.Exit(m.Run())
	}
	if err := child(strings.Split(task, "\n")); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(task []string) error {
	ctx := context.Background()
	if task[0] == "restore" {
		fmt.Println("ready")
		_, err := restore(ctx, task[1], task[2], nil, nil, nil)
		return err
	}
	dir, err := storedir.Open(ctx, task[1], storedir.Claim{Wait: 5 * time.Second})
	if err != nil {
		return err
	}
	p, err := run(ctx, dir, nil)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		last, err := p.log.Last(ctx)
		if err != nil {
			return err
		}
		made, err := backup.Take(ctx, p.log, backup.Request{
			Store: whose, UpTo: backup.Mark(last), Folder: task[2], Now: time.Now(), Free: storedir.FreeBytes,
		})
		if err != nil && !errors.Is(err, backup.ErrExists) {
			return err
		}
		if err == nil {
			fmt.Println(made.Path)
		}
	}
}

// killAfter runs this test's program on a task, kills it some time after it is
// ready, and returns what it said. It may have ended by itself before.
func killAfter(t *testing.T, pause time.Duration, task ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+strings.Join(task, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("it said %q", lines.Text())
	}
	time.AfterFunc(pause, func() { _ = cmd.Process.Kill() })
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	_ = cmd.Wait() // it was killed
	return said
}

// TestKilledWhileTaking: what has the name of a backup is one, and what was said
// to be made is there. The store is none the worse.
func TestKilledWhileTaking(t *testing.T) {
	path, folder := filepath.Join(t.TempDir(), "store"), t.TempDir()
	p := begin(t, path, nil)
	for i := range 20 {
		logtest.Fill(t, p.log, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), 50, "a note")
	}
	want := stored(t, p.log)
	p.close(t)
	random, unfinished := rand.New(rand.NewPCG(7, 26)), 0
	for tries := 0; tries < 12 || unfinished == 0 && tries < 60; tries++ { // how long it takes depends on the machine
		said := killAfter(t, time.Duration(random.IntN(1500))*time.Millisecond/10*2, "take", path, folder)
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, e := range entries {
			if _, err := backup.ParseName(e.Name()); err != nil {
				unfinished++
				continue
			}
			file := filepath.Join(folder, e.Name())
			there[file] = true
			if r, err := backup.Verify(t.Context(), file, nil); err != nil || r.Log.Commits != len(want) {
				t.Errorf("%s: %d commits, %v", file, r.Log.Commits, err)
			}
		}
		for _, file := range said {
			if !there[file] {
				t.Errorf("%s was made, and is not there", file)
			}
		}
		if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	if unfinished == 0 {
		t.Error("none was killed in the middle of a backup")
	}
	p = reopen(t, path, nil)
	defer p.close(t)
	mustEqual(t, stored(t, p.log), want)
}

// TestKilledWhileRestoring: the folder cannot be opened until it was restored
// again, and then it holds everything.
func TestKilledWhileRestoring(t *testing.T) {
	root := t.TempDir()
	p := begin(t, filepath.Join(root, "store"), nil)
	for i := range 10 {
		logtest.Fill(t, p.log, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), 50, "a note")
	}
	want := stored(t, p.log)
	made := take(t, p.log, p.request(t, t.TempDir()))
	p.close(t)
	path := filepath.Join(root, "restored")
	random, unfinished := rand.New(rand.NewPCG(7, 26)), 0
	for tries := 0; tries < 12 || unfinished < 3 && tries < 100; tries++ { // how long it takes depends on the machine
		killAfter(t, time.Duration(random.IntN(250))*time.Millisecond, "restore", made.Path, path)
		dir, err := storedir.Open(t.Context(), path, storedir.Claim{Wait: 5 * time.Second})
		switch {
		case errors.Is(err, storedir.ErrUnfinished):
			unfinished++
		case errors.Is(err, storedir.ErrNoStore): // it had not begun
		case err != nil:
			t.Fatal(err)
		default: // it was quicker than the kill
			if err := errors.Join(dir.Close(), os.RemoveAll(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if unfinished < 3 {
		t.Errorf("only %d were killed in the middle of a restore", unfinished)
	}
	if _, err := storedir.Look(path); err == nil {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := restore(t.Context(), made.Path, path, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	mustBeTheSameStore(t, path, nil, want)
}

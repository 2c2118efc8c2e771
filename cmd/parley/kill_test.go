package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// How many cases are opened while processes are killed, and how many kills there
// must have been for each hundred commands.
const (
	killCases = 6
	killLeast = 12
)

// wish is a command that is repeated, with the same ID, until it is acknowledged.
type wish struct {
	id   string
	args []string
}

// killed is a run of commands whose processes are killed at random moments.
type killed struct {
	program
	random  *rand.Rand
	kills   int
	typical time.Duration // about how long a command takes

	refs    []string
	steps   map[string]int     // commands given on each case after it was opened
	answers map[string]changed // by command ID
}

// Processes are killed while they open the store, append, write the views and
// close. No command that was acknowledged is lost, and none is there twice.
func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	k := &killed{
		program: newProgram(t), random: rand.New(rand.NewPCG(7, 26)),
		steps: map[string]int{}, answers: map[string]changed{}, typical: 50 * time.Millisecond,
	}
	killRun := sized(200, 3000)
	for i := range killRun {
		k.grant(k.next(i))
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("a command took about %s", k.typical)
	tortured(t, "%d commands by one writer, %d processes killed at random moments", killRun, k.kills)
	if k.kills < killLeast*killRun/100 {
		t.Errorf("only %d processes were killed", k.kills)
	}
	k.checkLog()
	k.must("verify")
	k.checkViews(k.refs)
}

// next is the i'th command: now and then a case is opened, and mostly something
// is recorded of one that is open.
func (k *killed) next(i int) wish {
	w := wish{id: uuid.Must(uuid.NewV7()).String()}
	if len(k.refs) < killCases && i%10 == 0 {
		service := [killCases]string{"abpm", "anticoagulation", "catheter", "dementia", "ecg", "coeliac-review"}[len(k.refs)] // a practice has one notice for each
		w.args = []string{"case", "open", "--icb", "QR1", "--service", service, "--title", fmt.Sprintf("Case of step %d", i)}
		for _, code := range eight() {
			w.args = append(w.args, "--practice", code)
		}
		return w
	}
	ref := k.refs[i%len(k.refs)]
	step := k.steps[ref]
	k.steps[ref]++
	w.args = stepOf(ref, step)
	return w
}

// stepOf is the n'th command on a case. Each records something.
func stepOf(ref string, n int) []string {
	practice := eight()[n/7%8]
	offer := func(by string) []string {
		return []string{"offer", by, ref, "--price", fmt.Sprintf("4.%02d", n%100), "--unit", "ECG", "--from", soon(), "--reply-by", soon()}
	}
	switch {
	case n == 0:
		args := []string{"notice", "advise", ref, "--text", "Three months, and keep the receipt"}
		for _, code := range eight() {
			args = append(args, "--practice", code)
		}
		return args
	case n%7 == 1:
		return offer("submit")
	case n%7 == 2:
		return offer("receive")
	case n%7 == 3:
		return []string{"notice", "serve", ref, "--practice", practice, "--period", "3m"}
	case n%7 == 4:
		return []string{"notice", "acknowledge", ref, "--practice", practice}
	case n%7 == 5:
		return []string{"notice", "withdraw", ref, "--practice", practice}
	}
	return []string{"case", "note", ref, "--text", fmt.Sprintf("Note of step %d", n)}
}

// grant runs a command until it is acknowledged. Some of its processes are
// killed, at any moment of what a process usually takes.
func (k *killed) grant(w wish) {
	k.t.Helper()
	args := append(slices.Clone(w.args), "--command-id", w.id)
	for range 20 {
		var kill time.Duration
		if k.random.IntN(4) == 0 {
			kill = time.Duration(k.random.Float64() * 1.2 * float64(k.typical))
			kill = max(kill, time.Microsecond)
		}
		e := k.run(kill, args...)
		answer, ok := e.acknowledged()
		switch {
		case ok:
			k.typical = (9*k.typical + e.took) / 10
			k.heard(w, answer)
			return
		case e.code == -1:
			k.kills++
		default:
			k.t.Fatalf("after %d kills parley %v: exit %d\n%s%s", k.kills, args, e.code, e.stdout, e.stderr)
		}
	}
	k.t.Fatalf("%v was killed too often", args)
}

// heard notes what a command was answered.
func (k *killed) heard(w wish, answer changed) {
	k.t.Helper()
	if answer.CommandID != w.id || len(answer.Recorded) == 0 {
		k.t.Fatalf("%v was answered with %+v", w.args, answer)
	}
	k.answers[w.id] = answer
	if w.args[1] == "open" {
		k.refs = append(k.refs, answer.Ref)
	}
}

// checkLog compares the log with what was acknowledged, and the references that
// were given out with the order in which they were.
func (k *killed) checkLog() {
	k.t.Helper()
	checkAcknowledged(k.t, k.commits(), k.answers)
	for i, ref := range k.refs {
		if want := fmt.Sprintf("%s-%04d", k.refs[0][:6], i+1); ref != want {
			k.t.Errorf("the %d. case is %s, want %s", i+1, ref, want)
		}
	}
}

// checkViews compares the views, which were written while processes were
// killed, with views that are built afresh.
func (p program) checkViews(refs []string) {
	p.t.Helper()
	queries := [][]string{{"case", "list", "--closed"}, {"deadline", "list"}}
	for _, ref := range refs {
		queries = append(queries, []string{"case", "show", ref})
	}
	before := make([]string, len(queries))
	for i, q := range queries {
		before[i] = p.must(q...)
	}
	if err := os.Remove(filepath.Join(p.store, "views.db")); err != nil {
		p.t.Fatal(err)
	}
	for i, q := range queries {
		if after := p.must(q...); after != before[i] {
			p.t.Errorf("parley %v said\n%s\nand after a rebuild\n%s", q, before[i], after)
		}
	}
}

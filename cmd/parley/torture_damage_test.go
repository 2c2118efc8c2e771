package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Every file of a store is changed by one bit, cut short and taken away, in each
// of its parts. Whoever then reads is told what is true, or that something is
// wrong; what was acknowledged is there in the end, or damage is named however
// often one asks; and one command puts a backup in its place.
func TestTortureDamage(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprintf("encrypted %t", encrypted), func(t *testing.T) {
			random := rand.New(rand.NewPCG(tortureSeed(t), 3))
			w := newWhole(t, encrypted)
			all := w.harms(random, sized(1, 2), sized(2, 20))
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			all = all[:min(len(all), sized(40, 1<<20))]
			var trials sync.WaitGroup
			for n := range 2 {
				trials.Go(func() {
					for i := n; i < len(all); i += 2 {
						w.try(all[i], i)
					}
				})
			}
			trials.Wait()
			tortured(t, "%d sorts of damage to a store (encrypted: %t), %d restored from a backup and %d from the copy: %s",
				len(all), encrypted, w.restored, w.putBack, counts(w.became))
		})
	}
}

// whole is a sound store with all the files that a store has, and what it answers.
type whole struct {
	program
	files   tree // of the folder with the store and its key
	key     bool // it is encrypted
	backup  string
	answers []reply

	mu                sync.Mutex
	became            map[string]int
	restored, putBack int
}

// reply is what a question is answered of a sound store.
type reply struct {
	question []string
	is       string
}

// endless is how long a command may take on a store that was harmed. One that
// takes longer does not end.
const endless = 3 * time.Minute

// wholeClock is the time at which everything is asked.
const wholeClock = "PARLEY_CLOCK=2026-09-25T07:29:50Z"

// newWhole makes the store.
func newWhole(t *testing.T, encrypted bool) *whole {
	t.Helper()
	r := newRehearsal(t, "2026-09-25T07:29:50Z", eight())
	w := &whole{program: r.here(), key: encrypted, became: map[string]int{}}
	root := t.TempDir()
	if w.store = filepath.Join(root, theStore); encrypted {
		w.env = append(w.env, "PARLEY_KEY_FILE="+filepath.Join(root, theKey))
	}
	list := filepath.Join(t.TempDir(), "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOfEight()), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := []string{"init", "--lmc", "Test LMC", "--code", "GLO", "--actor", "test", "--rehearsal"}
	if encrypted {
		begin = append(begin, "--encrypt")
	}
	w.must(begin...)
	w.must("directory", "import", list)
	w.must(append([]string{"case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", "2026-09-01"}, each("--practice", eight())...)...)
	for n := range 3 {
		w.must(stepOf("GLO-26-0001", n)...)
	}
	w.must("foi", "send", "GLO-26-0001", "--about", "What is paid elsewhere")
	w.must("case", "open", "--icb", "QR1", "--service", "abpm", "--title", "Blood pressure")
	w.must("user", "add", "Sam Roe", "--key", filepath.Join(t.TempDir(), "sam.key"))
	server := w.serve()
	w.must("case", "note", "GLO-26-0002", "--text", "Recorded through a server")
	if err := server.end(os.Interrupt); err != nil {
		t.Fatalf("%v\n%s", err, server.log)
	}
	w.backup = filepath.Join(t.TempDir(), "one.backup")
	w.must("backup", "--plain", "--to", w.backup)
	for _, q := range [][]string{
		{"case", "list", "--closed"},
		{"deadline", "list"},
		{"case", "show", "GLO-26-0001"},
		{"case", "timeline", "GLO-26-0001"},
		{"case", "timeline", "GLO-26-0002"},
		{"user", "list"},
		{"directory", "find", "surgery"},
		{"alert", "list"},
	} {
		w.answers = append(w.answers, reply{q, w.must(q...)})
	}
	w.must("verify")
	w.files = treeOf(t, root)
	return w
}

// spoilt is a copy of the store that was spoilt.
type spoilt struct {
	*whole
	program
	harm
	root    string
	was     tree // after it was spoilt
	noticed string
}

// try harms a copy of the store, and works with it.
func (w *whole) try(s harm, n int) {
	p := &spoilt{whole: w, program: w.program, harm: s, root: filepath.Join(w.t.TempDir())}
	defer func() { _ = os.RemoveAll(p.root) }()
	if p.begin(); harmless(s.file, w.files, p.was) {
		return
	}
	first := w.answers[n%len(w.answers)]
	e := p.ask(first)
	if e.code != 0 {
		p.mustKeep(treeOf(w.t, p.root))
	}
	p.verify()
	sound := p.verify()
	if sound == nil {
		p.mustBeCopied()
		for _, a := range w.answers {
			if e := p.ask(a); e.code != 0 && s.fate != theirs {
				p.wrong("verify finds nothing wrong, and then: %s", e.stderr)
			}
		}
	} else {
		p.stands(first)
	}
	outcome := p.noticed
	switch {
	case p.noticed == "" && s.fate == named, p.noticed == "" && s.fate == locked:
		p.wrong("nobody noticed it")
	case p.noticed == "":
		outcome = "made afresh"
	case sound == nil:
		outcome += ", and put right"
	}
	if sound != nil || n%8 == 0 {
		p.restoreBackup()
	}
	if n%8 == 1 {
		p.restoreCopy()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.became[outcome]++
}

// begin makes the spoilt copy.
func (p *spoilt) begin() {
	if err := os.RemoveAll(p.root); err != nil {
		p.t.Error(err)
	}
	p.was = tree{}
	for name, holds := range p.files {
		p.was[name] = holds
	}
	p.do(p.was)
	if err := p.was.put(p.root); err != nil {
		p.t.Error(err)
	}
	_ = os.MkdirAll(filepath.Join(p.root, theStore), 0o700)
	p.store, p.env = filepath.Join(p.root, theStore), []string{wholeClock}
	if p.key {
		p.env = append(p.env, "PARLEY_KEY_FILE="+filepath.Join(p.root, theKey))
	}
}

// wrong says what is wrong, and after what.
func (p *spoilt) wrong(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("after %s: %s", p.what, fmt.Sprintf(format, args...))
}

// ask asks a question, which is answered as it was or refused.
func (p *spoilt) ask(a reply) ended {
	p.t.Helper()
	e := p.run(endless, a.question...)
	switch code, message := e.refusal(); {
	case e.code == 0 && p.fate == theirs && a.question[0] == "user": // a letter of a name
	case e.code == 0 && e.stdout != a.is:
		p.wrong("parley %q says\n%s\nand not\n%s\n%s", a.question, e.stdout, a.is, e.stderr)
	case e.code != 0 && (e.stdout != "" || code == "" || code == "failed" || message == ""):
		p.wrong("parley %q ended with %d, %s: %s%s", a.question, e.code, code, e.stdout, e.stderr)
	}
	p.notice(e, "on reading")
	return e
}

// notice keeps in mind who first said that something is wrong.
func (p *spoilt) notice(e ended, where string) {
	if p.noticed == "" && (e.code != 0 || strings.Contains(e.stderr, `"level":"WARN"`) || strings.Contains(e.stderr, `"level":"ERROR"`) || strings.Contains(e.stderr, "Warning")) {
		p.noticed = "named " + where
	}
}

// verify runs parley verify, and returns what it found; nil if that is nothing.
func (p *spoilt) verify() error {
	p.t.Helper()
	e := p.run(endless, "verify")
	p.notice(e, "by verify")
	var found verified
	if e.stdout != "" {
		if err := json.Unmarshal([]byte(e.stdout), &found); err != nil {
			p.wrong("verify says %s: %v", e.stdout, err)
		}
	}
	if found.OK != (e.code == 0) {
		p.wrong("verify ended with %d: %s%s", e.code, e.stdout, e.stderr)
	}
	if found.Cleared != "" && p.noticed == "" {
		p.noticed = "named by verify"
	}
	code, message := e.refusal()
	if found.OK {
		return nil
	}
	if code == "failed" || code == "" {
		p.wrong("verify ended with %d: %s%s", e.code, e.stdout, e.stderr)
	}
	return fmt.Errorf("%s: %s", code, message)
}

// mustKeep looks whether a file of the log, of its copy or of what people keep is
// now something else than it was, or should be.
func (p *spoilt) mustKeep(now tree) {
	for name, holds := range p.was {
		if fateOf(name) != afresh && now[name] != holds && now[name] != p.files[name] {
			p.wrong("opening it made %s something else: %d bytes, and not %d", name, len(now[name]), len(holds))
		}
	}
}

// mustBeCopied looks whether the copy of the log is what that is, now that it was
// found sound.
func (p *spoilt) mustBeCopied() {
	for name, holds := range treeOf(p.t, filepath.Join(p.root, filepath.FromSlash(theCopy))) {
		if holds != p.files[theLog+"/"+name] {
			p.wrong("the log was found sound, and its copy of %s is not", name)
		}
	}
}

// stands is for damage that stays: it is named again and again, with the same
// words, and nothing changes.
func (p *spoilt) stands(first reply) {
	before := treeOf(p.t, p.root)
	p.mustKeep(before)
	e := p.ask(first)
	again := p.ask(first)
	code, message := e.refusal()
	codeAgain, messageAgain := again.refusal()
	if e.code != again.code || code != codeAgain || message != messageAgain {
		p.wrong("it is said that %d, %s: %s; and then that %d, %s: %s", e.code, code, message, again.code, codeAgain, messageAgain)
	}
	for name, holds := range treeOf(p.t, p.root) {
		if fateOf(name) != afresh && holds != before[name] {
			p.wrong("being asked changed %s", name)
		}
	}
}

// restoreBackup puts the backup in the place of the store.
func (p *spoilt) restoreBackup() {
	p.restoreBy("restore", p.backup, "--actor", "test")
	p.whole.mu.Lock()
	defer p.whole.mu.Unlock()
	p.whole.restored++
}

// restoreCopy puts the copy of the log in its place, where only that is damaged.
func (p *spoilt) restoreCopy() {
	if p.begin(); strings.Contains(p.what, "copy") || !strings.HasPrefix(p.what, theLog) {
		return
	}
	p.restoreBy("restore", "--before-open")
	p.whole.mu.Lock()
	defer p.whole.mu.Unlock()
	p.whole.putBack++
}

// restoreBy restores by one command, after which everything is as it was.
func (p *spoilt) restoreBy(args ...string) {
	if p.key {
		if err := os.WriteFile(filepath.Join(p.root, theKey), []byte(p.files[theKey]), 0o600); err != nil {
			p.t.Error(err)
		}
	}
	if e := p.run(endless, args...); e.code != 0 {
		p.wrong("parley %q ended with %d: %s%s", args, e.code, e.stdout, e.stderr)
		return
	}
	if err := p.verify(); err != nil {
		p.wrong("parley %q, and then: %v", args, err)
		return
	}
	for _, a := range p.answers {
		if e := p.ask(a); e.code != 0 && p.fate != theirs {
			p.wrong("parley %q, and then %d: %s", args, e.code, e.stderr)
		}
	}
}

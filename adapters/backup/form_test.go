package backup_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// TestTheFormOfTheFile takes a backup apart as the package comment says, without
// anything of Parley, so that the form cannot change unnoticed.
func TestTheFormOfTheFile(t *testing.T) {
	l, r := small(t, t.TempDir())
	id, recipients := keyPair(t)
	for _, to := range [][]age.Recipient{nil, recipients} {
		r.Recipients = to
		file, err := os.ReadFile(take(t, l, r).Path)
		if err != nil {
			t.Fatal(err)
		}
		body, last := file[:len(file)-80], file[len(file)-80:]
		if want := fmt.Sprintf("\nparley sha256 %x\n", sha256.Sum256(body)); string(last) != want {
			t.Errorf("it ends with %q, not %q", last, want)
		}
		lines := bytes.SplitAfterN(body, []byte("\n"), 3)
		if string(lines[0]) != "parley backup 1\n" {
			t.Errorf("it begins with %q", lines[0])
		}
		head := fmt.Sprintf(`{"store":{"lmc":"Gloucestershire LMC","code":"GLO","rehearsal":false,"created":"2026-04-01T09:00:00Z"},`+
			`"taken":"2026-11-22T10:15:00Z","from":1,"to":{"position":7,"hash":"%s"},"encrypted":%t,"program":"parley test"}`+"\n", r.UpTo.Hash, to != nil)
		if string(lines[1]) != head {
			t.Errorf("its header is %s, not %s", lines[1], head)
		}
		contents := io.Reader(bytes.NewReader(lines[2]))
		if to != nil {
			if contents, err = age.Decrypt(contents, id); err != nil {
				t.Fatal(err)
			}
		}
		d, err := zstd.NewReader(contents)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		got, err := io.ReadAll(d)
		if err != nil {
			t.Fatal(err)
		}
		want := new(strings.Builder)
		want.WriteString(head)
		for _, p := range stored(t, l) {
			_, _ = fmt.Fprintf(want, "%d %s %d\n%s\n", p.Position, p.Aggregate, len(p.Stored), p.Stored)
		}
		_, _ = fmt.Fprintf(want, `end {"commits":7,"sha256":"%x"}`+"\n", sha256.Sum256([]byte(want.String())))
		if string(got) != want.String() {
			t.Errorf("its contents are\n%s\nnot\n%s", got, want)
		}
	}
}

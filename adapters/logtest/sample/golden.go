package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Golden checks that a view's document still has the stored form that documents
// of this version have, and that it reads back as it was. The form stands in
// testdata/VIEW.vVERSION.json, which is written, and the test failed, where it
// is missing: a form that has changed belongs to a higher version.
func Golden[D any](t *testing.T, view string, version int, doc D) {
	t.Helper()
	got, err := json.MarshalIndent(doc, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", fmt.Sprintf("%s.v%d.json", view, version))
	want, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got, 0o644)); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s has been written: see that it is right, and commit it", path)
	case err != nil:
		t.Fatal(err)
	case !bytes.Equal(got, want):
		t.Fatalf("the view %s makes other documents than its version %d does: raise the version, so that views on disk are rebuilt, and delete %s\n%s", view, version, path, got)
	}
	var back D
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := json.MarshalIndent(back, "", "\t"); err != nil || !bytes.Equal(append(again, '\n'), want) {
		t.Errorf("the document reads back as (%v)\n%s", err, again)
	}
	if reflect.ValueOf(back).IsZero() {
		t.Error("the document is empty")
	}
}

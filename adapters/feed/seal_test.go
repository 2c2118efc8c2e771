package feed

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"parley/domain/alerting"
)

var secret = bytes.Repeat([]byte{7}, SecretSize)

// sealed opens the views of a log in a file under a secret.
func sealed(t testing.TB, path string, source Source, secret []byte) *Views {
	t.Helper()
	v, err := OpenSealedViews(path, source, secret)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sealedFile returns a file of sealed views that has taken the world in, and its bytes.
func sealedFile(t *testing.T, w *world) (string, []byte) {
	t.Helper()
	path := inTemp(t)
	v := sealed(t, path, w.log, secret)
	catchUp(t, v)
	closed(t, v)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestSealedViewsAreThoseOfTheLogAndShowNothing(t *testing.T) {
	w := newWorld(t).small()
	_, plain := written(t, w)
	path, data := sealedFile(t, w)
	for _, word := range []string{"Bloods for hospitals", "SURGERY", `"title"`, `"position"`} {
		if !bytes.Contains(plain, []byte(word)) {
			t.Fatalf("%q does not stand in a plain file either", word)
		}
		if bytes.Contains(data, []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
	v := sealed(t, path, w.log, secret)
	defer closed(t, v)
	if v.Position() == 0 || len(v.Repairs()) != 0 {
		t.Errorf("it begins afresh: position %d, repairs %v", v.Position(), v.Repairs())
	}
	catchUp(t, v)
	w.agrees(v)
	running, err := v.Notices(t.Context(), "phlebotomy-secondary", []string{"L84001"})
	other, failed := open1(t, inTemp(t), w.log).Notices(t.Context(), "phlebotomy-secondary", []string{"L84001"})
	if err != nil || failed != nil || !cmp.Equal(running, other) {
		t.Errorf("notices: %v, %v; plain: %v, %v", running, err, other, failed)
	}
	if err := v.Pending(t.Context(), func(alerting.State) bool { return true }); err != nil {
		t.Error(err)
	}
}

func TestViewsUnderAnotherSecretAreRebuilt(t *testing.T) {
	w := newWorld(t).small()
	for name, other := range map[string][]byte{"none": nil, "another": bytes.Repeat([]byte{8}, SecretSize)} {
		t.Run(name, func(t *testing.T) {
			path, data := sealedFile(t, w)
			v := sealed(t, path, w.log, other)
			defer closed(t, v)
			catchUp(t, v)
			w.agrees(v)
			repairs := v.Repairs()
			if len(repairs) != 1 || !errors.Is(repairs[0].Why, ErrUnreadable) {
				t.Fatalf("repairs: %v", repairs)
			}
			if aside, err := os.ReadFile(repairs[0].Aside); err != nil || !bytes.Equal(aside, data) {
				t.Errorf("what was put aside is not what was there (%v)", err)
			}
		})
	}
	if _, err := OpenSealedViews(inTemp(t), w.log, secret[:16]); err == nil {
		t.Error("half a secret is taken")
	}
}

func TestADamagedByteOfSealedViewsIsNoticed(t *testing.T) {
	w := newWorld(t).small()
	path, data := sealedFile(t, w)
	v := sealed(t, path, w.log, secret)
	last := v.Position()
	closed(t, v)
	random := rand.New(rand.NewPCG(5, 6))
	repaired := 0
	for range 60 {
		damaged := append([]byte(nil), data...)
		damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		overwrite(t, path, damaged)
		v := sealed(t, path, w.log, secret)
		catchUp(t, v)
		if got := v.Position(); got != last {
			t.Fatalf("position %d, not %d", got, last)
		}
		w.agrees(v)
		repaired += len(v.Repairs())
		closed(t, v)
	}
	if repaired == 0 {
		t.Error("no damage was found at all")
	}
}

// A value that is sound in itself, but stands where another was written, is noticed.
func TestSealedValuesCannotChangePlaces(t *testing.T) {
	w := newWorld(t).small()
	for name, swap := range map[string]func(*bbolt.Tx) error{
		"between keys": func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(documents + "docket"))
			return b.Put([]byte("GLO-26-0001"), bytes.Clone(b.Get([]byte("GLO-26-0002"))))
		},
		"between views": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(documents+"docket")).Put([]byte("GLO-26-0001"), bytes.Clone(tx.Bucket([]byte(documents+"cases")).Get([]byte("GLO-26-0001"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := sealedFile(t, w)
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(swap), db.Close()); err != nil {
				t.Fatal(err)
			}
			v := sealed(t, path, w.log, secret)
			defer closed(t, v)
			doc, found, err := v.Docket.Get(context.Background(), "GLO-26-0001")
			if err != nil || !found || doc.Ref != "GLO-26-0001" || len(v.Repairs()) != 1 {
				t.Errorf("%+v, %t, %v; repairs %v", doc, found, err, v.Repairs())
			}
			w.agrees(v)
		})
	}
}

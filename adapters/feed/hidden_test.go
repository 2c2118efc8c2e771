package feed

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"parley/adapters/logtest/sample"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
)

// listing fills the world with practices, and returns their codes.
func (w *world) listing(n int) []string {
	w.t.Helper()
	codes, _ := sample.Practices(n)
	var facts []events.Fact
	for _, code := range codes {
		facts = append(facts, listed(code))
	}
	w.tell(events.Directory(), facts...)
	return codes
}

// hiding writes a file of views over and over, in which a leaf has lost the
// largest bit of its number of documents, and calls try with each.
func hiding(t *testing.T, path string, data []byte, try func(what string)) {
	t.Helper()
	size, tried := os.Getpagesize(), 0
	for at := 2 * size; at+size <= len(data); at += size {
		n := native.Uint16(data[at+10:])
		if int(native.Uint64(data[at:])) != at/size || flags(data[at:]) != leafPage || n == 0 {
			continue
		}
		fewer := n &^ (1 << (bits.Len16(n) - 1))
		damaged := slices.Clone(data)
		native.PutUint16(damaged[at+10:], fewer)
		overwrite(t, path, damaged)
		try(fmt.Sprintf("page %d, %d documents become %d", at/size, n, fewer))
		tried++
	}
	if tried == 0 {
		t.Error("no leaf has documents")
	}
}

func TestAListOfADamagedFileIsWhole(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(2*chunk + 40)
	path, data := written(t, w)
	hiding(t, path, data, func(what string) {
		v := open1(t, path, w.log)
		defer closed(t, v)
		catchUp(t, v)
		var failed error
		if keys := slices.Collect(v.Practices.Keys(t.Context(), &failed)); failed != nil || !slices.Equal(keys, codes) {
			t.Errorf("%s: %d practices of %d are listed, %v", what, len(keys), len(codes), failed)
		}
	})
}

func TestWhatADamagedFileHidesIsThere(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(100)
	path, data := written(t, w)
	hiding(t, path, data, func(what string) {
		v := open1(t, path, w.log)
		defer closed(t, v)
		catchUp(t, v)
		for _, code := range codes {
			if _, found, err := v.Practices.Get(t.Context(), code); !found || err != nil {
				t.Errorf("%s: %s: %t, %v", what, code, found, err)
			}
		}
	})
}

func TestWhatADamagedFileHidesIsNotGrownFromNothing(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(100)
	path, data := written(t, w)
	for _, code := range codes {
		w.tell(events.Directory(), sample.Fact("2026-11-02", events.PracticeRenamed{Practice: code, Name: "QUAY HEALTH"}))
	}
	hiding(t, path, data, func(what string) {
		v := open1(t, path, w.log)
		catchUp(t, v)
		for range 2 { // as it is in memory, and as it is written
			for _, code := range codes {
				doc, found, err := v.Practices.Get(t.Context(), code)
				if !found || err != nil || len(doc.Names) != 2 || len(doc.ICBs) != 1 {
					t.Fatalf("%s: %s: %+v, %t, %v", what, code, doc, found, err)
				}
			}
			closed(t, v)
			v = open1(t, path, w.log)
		}
		closed(t, v)
	})
}

// What goes missing while the file is open is noticed at the end of a list, when
// some of it was yielded. The next list is whole.
func TestAListThatWasShortIsRefused(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(3 * chunk)
	path, _ := written(t, w)
	v := open1(t, path, w.log)
	defer closed(t, v)
	var failed error
	for code := range v.Practices.Keys(t.Context(), &failed) {
		if code != codes[chunk/2] {
			continue
		}
		if err := v.db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("documents/practices")).Delete([]byte(codes[2*chunk-1]))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(failed, ErrUnreadable) {
		t.Errorf("the list ended with %v", failed)
	}
	if keys := slices.Collect(v.Practices.Keys(t.Context(), &failed)); failed != nil || !slices.Equal(keys, codes) {
		t.Errorf("%d practices of %d are listed, %v", len(keys), len(codes), failed)
	}
	if n := len(v.Repairs()); n != 1 {
		t.Errorf("repairs: %v", v.Repairs())
	}
}

// What is there is read, grown and written without going through the keys.
func TestOnlyWhoMissesADocumentGoesThroughAll(t *testing.T) {
	w := newWorld(t).small()
	path, _ := written(t, w)
	v := open1(t, path, w.log)
	defer closed(t, v)
	desk := casework.New(w.log, v, v, time.Now, time.UTC)
	note := negotiation.AddNote{Text: "Rang the contracts team again"}
	if _, err := desk.Handle(t.Context(), "GLO-26-0002", note, casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: "j.doe"}); err != nil {
		t.Fatal(err)
	}
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v.Position() != 29 || v.Cases.counted.in != nil || v.Docket.counted.in != nil || v.Places.counted.in != nil ||
		v.Registers.counted.in != nil || v.Practices.counted.in != nil || v.AlertLog.counted.in != nil {
		t.Error("for a note on a case somebody went through all documents")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, found, err := v.Case(t.Context(), "GLO-26-9999"); found || err != nil {
				t.Error(found, err)
			}
		})
	}
	all.Wait()
	if v.Cases.counted.in != v.db || v.Docket.counted.in != nil {
		t.Error("it is not the cases that were counted")
	}
	if err := v.afresh(os.ErrInvalid); err != nil {
		t.Fatal(err)
	}
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, found, err := v.Case(t.Context(), "GLO-26-9999"); found || err != nil || v.Cases.counted.in != v.db {
		t.Error("the file that was begun afresh was not counted", found, err)
	}
}

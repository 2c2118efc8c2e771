package feed

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"parley/adapters/logtest/sample"
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

func TestAListOfADamagedFileIsWholeOrRefused(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(2*chunk + 40)
	path, data := written(t, w)
	hiding(t, path, data, func(what string) {
		v := open1(t, path, w.log)
		defer closed(t, v)
		catchUp(t, v)
		var failed error
		for _, again := range []bool{false, true} {
			keys := slices.Collect(v.Practices.Keys(t.Context(), &failed))
			if refused := errors.Is(failed, ErrUnreadable) && !again; !refused && (failed != nil || !slices.Equal(keys, codes)) {
				t.Errorf("%s: %d practices of %d are listed, %v", what, len(keys), len(codes), failed)
			}
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

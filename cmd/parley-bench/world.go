package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/adapters/ods"
	"parley/domain/calendar"
	"parley/domain/catalogue"
	"parley/domain/directory"
	"parley/events"
)

// england is how many practices the made-up directory has.
const england = 6_203

// practices is how many an LMC has.
const practices = 80

// lmc is a committee of the benchmark: its code, and who it works with.
type lmc struct {
	code      string
	icb, name string // ODS code and name of its ICB
	practices []string
}

// world is the directory that the stores are made with.
type world struct {
	real   bool // of the published list, and not made up
	asAt   calendar.Date
	listed []events.Fact
	lmcs   []lmc
	names  map[string]string // of practices, by code
	titles []catalogue.Service
}

// publishedList is where the published list of practices lies, from the root
// of the repository.
var publishedList = filepath.Join("..", "shared", "data", "epraccur_2026-02_newformat.csv")

// newWorld reads the published list of practices, or makes one up where there is
// none. root is the folder of the repository, n how many LMCs there are to be.
func newWorld(root string, n int) (*world, error) {
	w := &world{asAt: calendar.On(2026, time.February, 20), titles: catalogue.Services()}
	imported, err := readList(filepath.Join(root, publishedList), w.asAt)
	w.real = err == nil
	if errors.Is(err, fs.ErrNotExist) {
		imported, err = madeUp(w.asAt), nil
	}
	if err != nil {
		return nil, err
	}
	if w.listed, err = directory.Decide(directory.New(), imported, w.asAt); err != nil {
		return nil, err
	}
	w.share(n)
	return w, nil
}

func readList(path string, asAt calendar.Date) (directory.Import, error) {
	f, err := os.Open(path)
	if err != nil {
		return directory.Import{}, err
	}
	defer func() { _ = f.Close() }()
	edition, err := ods.Read(f, directory.New().Knows)
	if err != nil {
		return directory.Import{}, err
	}
	return edition.Import(asAt), nil
}

// madeUp returns a list of as many practices as there are in England.
func madeUp(asAt calendar.Date) directory.Import {
	var icbs []string
	for _, c := range directory.New().Commissioners() {
		if lasting(c) {
			icbs = append(icbs, c.Code)
		}
	}
	cmd := directory.Import{AsAt: asAt}
	for i := range england {
		cmd.Listings = append(cmd.Listings, directory.Listing{
			Practice: fmt.Sprintf("%c%05d", 'A'+i%25, 81_001+i/25), Name: fmt.Sprintf("SURGERY NUMBER %d", i+1),
			ICB: icbs[i%len(icbs)], Opened: calendar.On(1974, time.April, 1),
		})
	}
	return cmd
}

// lasting reports whether a commissioner has been there ever since there are ICBs.
func lasting(c directory.Commissioner) bool { return c.From == directory.ICBsBegan && c.Until.IsZero() }

// share gives each of n LMCs an ICB and practices of it that are open.
func (w *world) share(n int) {
	known := directory.New()
	all := map[string][]string{}
	w.names = map[string]string{}
	for _, f := range w.listed {
		if p, ok := f.Event.(events.PracticeListed); ok && p.Closed.IsZero() {
			all[p.ICB] = append(all[p.ICB], p.Practice)
			w.names[p.Practice] = p.Name
		}
	}
	var icbs []directory.Commissioner
	for _, c := range known.Commissioners() {
		if lasting(c) && len(all[c.Code]) >= practices {
			slices.Sort(all[c.Code])
			icbs = append(icbs, c)
		}
	}
	for i := range n {
		icb := icbs[i%len(icbs)]
		of := all[icb.Code]
		first := i / len(icbs) * practices % (len(of) - practices + 1)
		w.lmcs = append(w.lmcs, lmc{lmcCode(i), icb.Code, icb.Name, of[first : first+practices]})
	}
}

// lmcCode returns the code of the i'th LMC; the first is the store's own.
func lmcCode(i int) string {
	if i == 0 {
		return ownCode
	}
	return fmt.Sprintf("X%c%c", 'A'+(i-1)/26, 'A'+(i-1)%26)
}

// ownCode is the code of the LMC whose stores they are.
const ownCode = "GLO"

// title returns what a case about a service is called.
func title(s catalogue.Service, ref string) string {
	name, _, _ := strings.Cut(s.Name, ",")
	return fmt.Sprintf("%s (%s)", name, ref)
}

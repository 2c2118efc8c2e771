package storedir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Where the log lies within the folder, and where its copy.
var (
	logTree     = filepath.Join("jetstream", "$G", "streams", "ES")
	copyTree    = "before-open"
	doubtedTree = "doubted" // a log that contradicted its copy, as it was before it was opened
)

const (
	overlap  = 64 << 10 // bytes at the end of a copied block that are compared before it is added to
	unsynced = 64 << 10 // bytes that may be added to a copy without forcing it to disk
)

// Copied says how the copy that BeforeOpen keeps and the log compare.
type Copied struct {
	// Contradicts names the files of the log that are gone, or have less or
	// other things in them than the copy. The copy was then left as it was.
	Contradicts []string
}

// BeforeOpen brings the copy of the log up to date, before a server that may
// spoil the log opens it. The log only grows, so the copy is only added to;
// where the two contradict each other the copy is left alone, the log is kept
// as it now is, and the report says so: then call Renew if the log turns out to
// be sound all the same, and MakeGood if not.
//
// It is a copy and not a tree of hard links, because the server cuts a block
// that it cannot read where it lies, and a link would be cut with it.
func (d *Dir) BeforeOpen() (Copied, error) {
	copied, err := d.KeepUp()
	if err != nil {
		return Copied{}, err
	}
	if err := d.keepDoubted(len(copied.Contradicts) > 0); err != nil {
		return Copied{}, fmt.Errorf("the log of the store at %s contradicts its copy, and cannot be kept as it is: %w", d.path, err)
	}
	return copied, nil
}

// KeepUp brings the copy up to date with what was recorded, at the end of a
// session: the copy has from then on what is acknowledged. The server may still
// have the log open, as what it has acknowledged is on disk. A log that
// contradicts its copy is left to the next BeforeOpen.
func (d *Dir) KeepUp() (Copied, error) {
	log, kept := d.trees()
	contradicts, err := compare(log, kept)
	if err == nil && len(contradicts) == 0 {
		err = extend(log, kept)
	}
	if err != nil {
		return Copied{}, fmt.Errorf("the log of the store at %s cannot be copied: %w", d.path, err)
	}
	return Copied{contradicts}, nil
}

// trees returns the folders of the log and of its copy.
func (d *Dir) trees() (log, kept string) {
	return filepath.Join(d.path, logTree), filepath.Join(d.path, copyTree)
}

// Renew makes the copy afresh from a log that an audit has found sound: that it
// opened is not enough. The copy that it replaces is kept until the next Renew.
func (d *Dir) Renew() error {
	log, kept := d.trees()
	fresh, replaced := kept+".new", kept+".replaced"
	err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(replaced))
	if err == nil {
		err = extend(log, fresh)
	}
	if err == nil {
		err = rename(kept, replaced)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = rename(fresh, kept)
	}
	if err == nil {
		err = os.RemoveAll(filepath.Join(d.path, doubtedTree))
	}
	if err != nil {
		return fmt.Errorf("the log of the store at %s cannot be copied: %w", d.path, err)
	}
	return nil
}

// rename moves a folder and returns once that is on disk.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(from)), syncFolder(filepath.Dir(to)))
}

// compare names the copied files that the log does not have, or not as they
// were copied. Of a block that has not grown only the length is looked at, and
// of one that has the end: this runs before every command.
func compare(log, kept string) ([]string, error) {
	var contradicts []string
	err := files(kept, func(name string, size int64) error {
		info, err := os.Stat(filepath.Join(log, name))
		same := err == nil && (info.Size() == size || isBlock(name) && info.Size() > size)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if same && !(isBlock(name) && info.Size() == size) {
			same, err = sameBefore(filepath.Join(log, name), filepath.Join(kept, name), size, overlap)
		}
		if !same {
			contradicts = append(contradicts, name)
		}
		return err
	})
	return contradicts, err
}

// extend copies what from has and to does not have yet.
func extend(from, to string) error {
	return files(from, func(name string, size int64) error {
		target := filepath.Join(to, name)
		info, err := os.Stat(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
				return err
			}
			return add(filepath.Join(from, name), target, 0)
		case err != nil || info.Size() == size:
			return err
		}
		return add(filepath.Join(from, name), target, info.Size())
	})
}

// files calls f with each file of a log that a copy needs, named from root.
// A folder that is not there has none. The server's index is not needed: it
// makes another from the blocks.
func files(root string, f func(name string, size int64) error) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "obs" { // consumers, which are made anew
			return fs.SkipDir
		}
		if !e.Type().IsRegular() || e.Name() == "index.db" || strings.HasSuffix(e.Name(), ".tmp") {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return f(name, info.Size())
	})
}

// isBlock reports whether a file of the log is one that only ever grows.
func isBlock(name string) bool { return strings.HasSuffix(name, ".blk") }

// sameBefore reports whether file has, in the span of bytes right before offset
// size, what the copy of that size ends with.
func sameBefore(file, kept string, size, span int64) (bool, error) {
	from := max(0, size-span)
	was, err := section(kept, from, size)
	if err != nil {
		return false, err
	}
	is, err := section(file, from, size)
	return err == nil && bytes.Equal(was, is), err
}

// section reads the bytes of a file from one offset to another, or to its end.
func section(file string, from, to int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	data := make([]byte, max(0, to-from))
	n, err := f.ReadAt(data, from)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:n], errors.Join(err, f.Close())
}

// add appends what file holds from offset have on to its copy.
func add(file, kept string, have int64) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(kept, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	var added int64
	_, err = in.Seek(have, io.SeekStart)
	if err == nil {
		_, err = out.Seek(have, io.SeekStart)
	}
	if err == nil {
		added, err = io.Copy(out, in)
	}
	if err == nil && (have == 0 || added > unsynced) {
		err = out.Sync()
	}
	return errors.Join(err, out.Close(), in.Close())
}

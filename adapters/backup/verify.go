package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"parley/events"
)

// Report is what a look at a backup found.
type Report struct {
	Header Header
	Bytes  int64 // the size of the file

	// Read says that the commits were read and their chain followed. It is false
	// of an encrypted backup for which no identity was given: only the checksum
	// of the file is known to be right then, and what follows is not known.
	Read  bool
	Plain int64         // bytes, unpacked
	Log   events.Report // what was found in the commits
	Last  time.Time     // when the last commit was recorded, UTC
}

// Inspect reads what the backup at path says of itself, and checks no more.
// Errors: ErrNotABackup, ErrDamaged, events.ErrNewer.
func Inspect(ctx context.Context, path string) (Header, error) {
	o, err := openFile(ctx, path)
	if err != nil {
		return Header{}, err
	}
	return o.Header(), o.close()
}

// Verify reads the whole backup at path: its checksum, every commit and the
// chain that ties them together. Without identities it checks of an encrypted
// backup the checksum only: see Report.Read. No store is needed.
//
// Errors: ErrDamaged, which says where; ErrWrongIdentity, ErrNotABackup, events.ErrNewer.
func Verify(ctx context.Context, path string, identities []age.Identity) (Report, error) {
	o, err := openFile(ctx, path)
	if err != nil {
		return Report{}, err
	}
	r, err := o.verify(identities)
	return r, errors.Join(err, o.close())
}

func (r *Reader) verify(identities []age.Identity) (Report, error) {
	found := Report{Header: r.header, Bytes: r.size}
	if r.header.Encrypted && len(identities) == 0 {
		return found, r.drain()
	}
	if err := r.unlock(identities); err != nil {
		return found, err
	}
	audit := events.NewAudit()
	audit.Expect(r.header.To.Position, r.header.To.Hash)
	var last events.Placed
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return found, err
		}
		audit.Next(p)
		last = p
	}
	found.Read, found.Plain, found.Log = true, r.read, audit.Report(r.header.To.Position)
	if err := found.Log.Err(); err != nil {
		if errors.Is(err, events.ErrNewer) {
			return found, fmt.Errorf("the backup %s: %w", r.name, err)
		}
		return found, r.damaged(err.Error())
	}
	if last.Position > 0 {
		c, err := events.Decode(last.Stored)
		if err != nil { // the audit has read it
			return found, r.damaged(err.Error())
		}
		found.Last = c.RecordedAt
	}
	return found, nil
}

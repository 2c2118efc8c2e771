package backup_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"parley/adapters/backup"
	"parley/adapters/natsd"
)

// BenchmarkBackup restores a log of so many commits of one fact into a new store
// and backs it up again, plain and encrypted, on real disks. Each figure is of
// one run: how long it took, and how large the file is beside the log.
func BenchmarkBackup(b *testing.B) {
	for _, n := range []uint64{16_000, 200_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			long, root := endless{n}, b.TempDir()
			_, r := small(b, b.TempDir())
			r.UpTo = long.end(b)
			original := take(b, long, r)
			id, recipients := keyPair(b)
			for i := 0; b.Loop(); i++ {
				path := filepath.Join(root, fmt.Sprint("store-", i))
				timed(b, "restore-s", func() error {
					_, err := restore(b.Context(), original.Path, path, nil, nil, nil)
					return err
				})
				timed(b, "restore-to-encrypted-s", func() error {
					_, err := restore(b.Context(), original.Path, path+"-encrypted", nil, natsd.NewKey(), nil)
					return err
				})
				p := reopen(b, path, nil)
				measure(b, p, nil, nil, "take")
				measure(b, p, recipients, []age.Identity{id}, "take-encrypted")
				p.close(b)
			}
		})
	}
}

// measure takes a backup of a store and reads it.
func measure(b *testing.B, p *place, to []age.Recipient, with []age.Identity, name string) {
	r := p.request(b, b.TempDir())
	r.Recipients, r.Identities = to, with
	var made backup.Taken
	timed(b, name+"-s", func() (err error) {
		made, err = backup.Take(b.Context(), p.log, r)
		return err
	})
	timed(b, name+"-verify-s", func() error {
		_, err := backup.Verify(b.Context(), made.Path, with)
		return err
	})
	b.ReportMetric(float64(made.Report.Bytes)/1e6, name+"-MB")
	b.ReportMetric(float64(made.Report.Plain)/1e6, "plain-MB")
	b.ReportMetric(float64(r.LogBytes)/1e6, "log-MB")
	if err := os.Remove(made.Path); err != nil {
		b.Fatal(err)
	}
}

// timed reports how long f takes, in seconds.
func timed(b *testing.B, what string, f func() error) {
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), what)
}

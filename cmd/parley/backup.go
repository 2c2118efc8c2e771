package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/backup"
	"parley/adapters/rpc"
)

// backupFlags are the flags of backup.
type backupFlags struct {
	to, keep   string
	recipients []string
	files      []string // with recipients
	identities []string // files, to read back with
	plain      bool
	dryRun     bool
}

func newBackup(a *app) *cobra.Command {
	var f backupFlags
	cmd := &cobra.Command{
		Use: "backup [--to FOLDER|FILE]", Short: "Take a backup of the log, and check it", Args: cobra.NoArgs,
		Long: `Take a backup of everything that was recorded, in one file, while work goes on.
It gets its name when it is on disk and was found sound. It is written where
this command runs, also if a server elsewhere has the log. A name that ends in
.backup, or .backup.age if it is encrypted, is a file, anything else a folder,
which must be there: the file then gets a name of its own. Without --to it goes
to PARLEY_BACKUPS.

With --recipient it can be read by nobody but who has that age identity. With
--identity too, it is read back to the last commit; otherwise it is checked as
it is written. A backup of an encrypted store is encrypted, unless --plain says
that it need not be.

With --keep older backups of this store in that folder are deleted: for
last=7,daily=14,weekly=8,monthly=12 all but the last seven and the newest of
each of so many days, weeks and months that have any. Each is checked against
its checksum first. What is not sound, or is dated in the future, is not counted
and is left for you to look at. The newest that is sound, and the one just
taken, are kept in any case. Backups of other LMCs and of rehearsals are theirs.

Not in it are settings (alerts.toml and the secrets it names), who is let in
(users.json), the addresses of calendars (feeds.json), and the key of an
encrypted store: they are files in the store's folder, or beside it. Copy them
when they change.`,
		Example: `  parley backup --to /media/backups/parley
  parley backup --to /media/backups/parley --recipient age1yg7cwxdkkg9t6d8n6eyq4kp7h5u8w7qwcq6rm2l3ftjxsnfu3d6s5ql8wl --keep last=7,daily=14,weekly=8,monthly=12
  parley backup --to before-the-update.backup`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.backup(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "folder for the backup, or its file (or PARLEY_BACKUPS)")
	flags.StringArrayVar(&f.recipients, "recipient", nil, "age recipient (age1…) that alone can read it; may be repeated")
	flags.StringArrayVar(&f.files, "recipients-file", nil, "file with age recipients, one a line")
	flags.StringArrayVar(&f.identities, "identity", nil, "file with an age identity, to read an encrypted backup back with")
	flags.BoolVar(&f.plain, "plain", false, "of an encrypted store: a backup that is not encrypted")
	flags.StringVar(&f.keep, "keep", "", "delete older backups but for these: last=7,daily=14,weekly=8,monthly=12")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be written and deleted, and do neither")
	return cmd
}

// backedUp is the answer of backup.
type backedUp struct {
	File      string    `json:"file"`
	Host      string    `json:"host"`
	Bytes     int64     `json:"bytes"` // 0 of a dry run
	Taken     time.Time `json:"taken"`
	Position  uint64    `json:"position"` // up to which it goes
	Commits   int       `json:"commits"`
	Events    int       `json:"events"`
	Encrypted bool      `json:"encrypted"`
	ReadBack  bool      `json:"read_back"`
	SHA256    string    `json:"sha256"` // of all but the file's last line
	DryRun    bool      `json:"dry_run"`

	Kept     []keptBackup     `json:"kept,omitempty"` // with --keep
	Deleted  []string         `json:"deleted,omitempty"`
	Doubtful []doubtfulBackup `json:"doubtful,omitempty"` // that were not counted, and left alone
}

type keptBackup struct {
	File string   `json:"file"`
	Why  []string `json:"why"`
}

type doubtfulBackup struct {
	File  string `json:"file"`
	Wrong string `json:"wrong"`
}

// backup takes a backup, and deletes those that are not kept.
func (a *app) backup(ctx context.Context, f backupFlags) error {
	policy, err := policyOf(f.keep)
	if err != nil {
		return err
	}
	r, err := a.backupRequest(f)
	if err != nil {
		return err
	}
	s, err := a.openLog(ctx)
	if err != nil {
		return err
	}
	made, err := a.takeBackup(ctx, s, &r, f)
	pruned := err
	if err == nil && f.keep != "" {
		pruned = a.prune(ctx, &made, backup.PruneRequest{
			Folder: r.Folder, Made: r.Header(), Policy: policy, Now: s.clock(), Files: time.Now(), Zone: s.zone, DryRun: f.dryRun,
		})
	}
	shut := s.close(err)
	if err != nil {
		return also(err, shut)
	}
	err = also(a.print(made.report()), also(pruned, shut))
	if err != nil && !f.dryRun {
		err = fmt.Errorf("the backup was taken (%s), but then: %w", made.File, err)
	}
	return err
}

// takeBackup takes the backup and has the office keep it in mind. It completes
// the request by what it is a backup of.
func (a *app) takeBackup(ctx context.Context, s *session, r *backup.Request, f backupFlags) (backedUp, error) {
	if s.about.Encrypted && len(r.Recipients) == 0 && !f.plain {
		return backedUp{}, errPlainBackup
	}
	end, err := s.office.End(ctx)
	if err != nil {
		return backedUp{}, err
	}
	r.Store = backup.Store{LMC: s.about.LMC, Code: s.about.Code, Rehearsal: s.about.Rehearsal, Created: s.about.Created}
	r.UpTo, r.Now, r.LogBytes = backup.Mark{Position: end.Position, Hash: end.Hash}, s.clock(), end.Bytes
	host, _ := os.Hostname() // for people
	h := r.Header()
	made := backedUp{File: r.Path(), Host: host, Taken: h.Taken, Position: end.Position, Encrypted: h.Encrypted, DryRun: f.dryRun}
	if f.dryRun {
		if _, err := os.Lstat(made.File); err == nil {
			return backedUp{}, fmt.Errorf("%w: %s", backup.ErrExists, made.File)
		}
		return made, nil
	}
	taken, err := backup.Take(ctx, s.office, *r)
	if err != nil {
		return backedUp{}, err
	}
	made.Bytes, made.ReadBack, made.SHA256 = taken.Report.Bytes, taken.ReadBack, taken.Digest.String()
	made.Commits, made.Events = taken.Report.Log.Commits, taken.Report.Log.Facts
	if err := s.office.NoteBackup(ctx, rpc.Backup{Path: made.File, Host: host, Taken: made.Taken, Position: made.Position, Hash: end.Hash, Encrypted: made.Encrypted}); err != nil {
		a.say("Warning: the backup was taken, but the store does not keep in mind that it was: %s", err)
	}
	return made, nil
}

// prune deletes the backups that are not kept, and says loudly which do not count.
func (a *app) prune(ctx context.Context, made *backedUp, r backup.PruneRequest) error {
	done, err := backup.Prune(ctx, r)
	for _, k := range done.Kept {
		made.Kept = append(made.Kept, keptBackup{k.Path, k.Why})
	}
	made.Deleted = append(done.Deleted, done.Leavings...)
	for _, d := range done.Doubtful {
		made.Doubtful = append(made.Doubtful, doubtfulBackup{d.Path, d.Err.Error()})
		a.say("Warning: this backup is not counted, and was left as it is: %s: %s", d.Path, d.Err)
	}
	return err
}

// policyOf reads what --keep says.
func policyOf(keep string) (p backup.Policy, err error) {
	if keep == "" {
		return p, nil
	}
	wrong := usageError{fmt.Errorf("--keep %q does not say what to keep: write last=7,daily=14,weekly=8,monthly=12, or some of it", keep)}
	for part := range strings.SplitSeq(keep, ",") {
		var n int
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, err := fmt.Sscanf(number+"\n", "%d\n", &n); err != nil || n < 0 {
			return p, wrong
		}
		which := map[string]*int{"last": &p.Last, "daily": &p.Daily, "weekly": &p.Weekly, "monthly": &p.Monthly}[name]
		if which == nil {
			return p, wrong
		}
		*which = n
	}
	if p == (backup.Policy{}) {
		return p, usageError{fmt.Errorf("--keep %s: %w", keep, backup.ErrKeepsNothing)}
	}
	return p, nil
}

func (b backedUp) report() report {
	return report{
		value: b, columns: []string{"file", "host", "bytes", "taken", "position", "commits", "encrypted", "read_back", "sha256", "deleted"},
		rows: [][]cell{{
			text(b.File), text(b.Host), text(fmt.Sprint(b.Bytes)), text(b.Taken.Format(time.RFC3339)), text(fmt.Sprint(b.Position)), number(b.Commits),
			mark(b.Encrypted, "encrypted"), mark(b.ReadBack, "read back"), text(b.SHA256), number(len(b.Deleted)),
		}},
		page: b.page,
	}
}

func (b backedUp) page(w io.Writer, width int) {
	if b.DryRun {
		hanging(w, "", fmt.Sprintf("Would be taken, up to position %d: %s", b.Position, b.File), width)
	} else {
		how := "read back and found sound"
		if !b.ReadBack {
			how = "checked as it was written: it cannot be read here"
		}
		hanging(w, "", fmt.Sprintf("Taken: %s", b.File), width)
		hanging(w, "", fmt.Sprintf("%s with %s, up to position %d, in %s; %s.", count(b.Commits, "commit"), count(b.Events, "event"), b.Position, size(b.Bytes), how), width)
		hanging(w, "", "Not in it: alerts.toml and its secrets, users.json, feeds.json, and the key of an encrypted store.", width)
	}
	verb := "Deleted: "
	if b.DryRun {
		verb = "Would be deleted: "
	}
	for _, path := range b.Deleted {
		hanging(w, "", verb+path, width)
	}
	if len(b.Kept) > 0 {
		hanging(w, "", fmt.Sprintf("%s in all.", count(len(b.Kept), "backup")+" kept"), width)
	}
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	switch {
	case bytes < 10<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 10<<20:
		return fmt.Sprintf("%d KiB", bytes>>10)
	case bytes < 10<<30:
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d GiB", bytes>>30)
}

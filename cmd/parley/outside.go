package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
)

// outsideFlags say where a NATS server elsewhere is that keeps the log.
type outsideFlags struct {
	url, creds, ca string
	replicas       int
}

func (f *outsideFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.url, "nats", "", "keep the log on a NATS server elsewhere: nats://nats.lmc.example:4222, or several with commas between")
	flags.StringVar(&f.creds, "creds", "", "with --nats: the file with the credentials for it")
	flags.StringVar(&f.ca, "ca", "", "with --nats: the file with what certifies it, in PEM")
	flags.IntVar(&f.replicas, "replicas", 1, "with --nats: how many servers of its cluster keep a new log")
}

// check refuses flags that mean nothing without a server elsewhere, and an address
// that is empty, as a variable may be that was never set: whoever gives them believes
// that the log is kept there.
func (f outsideFlags) check(cmd *cobra.Command) error {
	if f.url == "" && cmd.Flags().Changed("nats") {
		return usageError{errors.New("--nats is empty: give the address of the NATS server, such as nats://nats.lmc.example:4222, or leave it out")}
	}
	for _, name := range []string{"creds", "ca", "replicas"} {
		if f.url == "" && cmd.Flags().Changed(name) {
			return usageError{fmt.Errorf("--%s is for a NATS server elsewhere: name that with --nats", name)}
		}
	}
	return nil
}

// begin opens a log that is kept elsewhere, and begins it if there is none.
func (f outsideFlags) begin(s *store, ctx context.Context, _ *slog.Logger) error {
	return f.open(ctx, s, natslog.Guard{})
}

// join opens a log that is kept elsewhere, and that somebody else has begun.
func (f outsideFlags) join(s *store, ctx context.Context, _ *slog.Logger) error {
	return f.open(ctx, s, natslog.Guard{Joins: true})
}

func (f outsideFlags) open(ctx context.Context, s *store, g natslog.Guard) (err error) {
	id := s.dir.Identity()
	if !id.Outside {
		return errOwnLog
	}
	if s.nc, err = f.connect(ctx); err != nil {
		return err
	}
	g.Existed, g.Mark, g.Begun = id.StreamCreated, natslog.Mark(s.dir.Mark()), s.dir.MarkStreamCreated
	g.Replicas, g.LMC, g.Name, g.Rehearsal = f.replicas, id.Code, id.LMC, id.Rehearsal
	s.log, err = natslog.Open(ctx, s.nc, g)
	s.sound = err == nil
	s.note(err)
	return err
}

func (f outsideFlags) connect(ctx context.Context) (*nats.Conn, error) {
	return natsd.Connect(ctx, natsd.Outside{URL: f.url, Creds: f.creds, CA: f.ca, Name: "parley serve"})
}

// office is who acts where a server does something by itself.
const office = "parley"

// settleIn makes the folder that a server needs to work on a log that is kept
// elsewhere, unless it is there already.
func (a *app) settleIn(ctx context.Context, f outsideFlags) error {
	path, err := a.storePath()
	if err != nil {
		return err
	}
	if _, err := storedir.Look(path); !errors.Is(err, storedir.ErrNoStore) {
		return err
	}
	nc, err := f.connect(ctx)
	if err != nil {
		return err
	}
	defer nc.Close()
	owner, err := natslog.OwnerOf(ctx, nc)
	if err != nil {
		return err
	}
	dir, err := storedir.Create(ctx, path, storedir.Identity{
		LMC: cmp.Or(owner.Name, owner.LMC), Code: owner.LMC, Actor: office, Rehearsal: owner.Rehearsal, Created: a.now(), Outside: true,
	}, a.claim())
	if err != nil {
		return err
	}
	return dir.Close()
}

// beginOutside makes a folder for a server that works on a log which is kept
// elsewhere, and begins that log. What is there already stays as it is.
func (a *app) beginOutside(ctx context.Context, id storedir.Identity, f outsideFlags) error {
	path, err := a.storePath()
	if err != nil {
		return err
	}
	nc, err := f.connect(ctx) // before anything is made
	if err != nil {
		return err
	}
	nc.Close()
	dir, err := storedir.Create(ctx, path, id, a.claim())
	if there, failed := storedir.Look(path); errors.Is(err, storedir.ErrExists) && failed == nil && there.Outside && there.Code == id.Code && there.Rehearsal == id.Rehearsal {
		dir, err = storedir.Open(ctx, path, a.claim())
	}
	if err != nil {
		return err
	}
	s, err := a.start(ctx, dir, f.begin)
	return also(err, s.close())
}

// leave lets go of a log that is kept elsewhere, with note of how far it goes.
func (s *store) leave() error {
	err := s.setMark()
	if s.damaged != nil {
		err = also(err, s.dir.NoteDamage(storedir.Damage{Found: s.clock().UTC(), What: s.damaged.Error()}))
	}
	s.nc.Close()
	return err
}

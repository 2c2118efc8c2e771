package main

import (
	"context"
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

// open returns what opens a log that is kept elsewhere.
func (f outsideFlags) open(s *store, ctx context.Context, _ *slog.Logger) (err error) {
	id := s.dir.Identity()
	if !id.Outside {
		return errOwnLog
	}
	if s.nc, err = f.connect(ctx); err != nil {
		return err
	}
	s.log, err = natslog.Open(ctx, s.nc, natslog.Guard{
		Existed: id.StreamCreated, Mark: natslog.Mark(s.dir.Mark()), Begun: s.dir.MarkStreamCreated,
		Replicas: f.replicas, LMC: id.Code, Rehearsal: id.Rehearsal,
	})
	s.sound = err == nil
	s.note(err)
	return err
}

func (f outsideFlags) connect(ctx context.Context) (*nats.Conn, error) {
	return natsd.Connect(ctx, natsd.Outside{URL: f.url, Creds: f.creds, CA: f.ca, Name: "parley serve"})
}

// reach returns an error unless the server can be reached and keeps streams.
func (f outsideFlags) reach(ctx context.Context) error {
	nc, err := f.connect(ctx)
	if err == nil {
		nc.Close()
	}
	return err
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

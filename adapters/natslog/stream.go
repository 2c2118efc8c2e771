package natslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/events"
)

// What is kept with the stream: whose log it is, and of which sort.
const (
	keptLMC       = "parley-lmc"
	keptName      = "parley-lmc-name"
	keptRehearsal = "parley-rehearsal"
	keptFilling   = "parley-restored-to" // the last position of the backup that the log was begun with
)

// noCluster is what a server says that is to keep several copies by itself.
const noCluster jetstream.ErrorCode = 10074

// Owner is whose log it is, and of which sort.
type Owner struct {
	LMC       string // its code, GLO
	Name      string // the LMC's; empty for a log that was begun without
	Rehearsal bool   // for training
}

// OwnerOf returns whose log is kept on the server that nc leads to. Errors wrap
// ErrNoLog, also where nobody's name is kept with it, or ErrUnavailable.
func OwnerOf(ctx context.Context, nc *nats.Conn) (Owner, error) {
	ctx, cancel := limited(ctx, clusterAnswer)
	defer cancel()
	js, err := jetstream.New(nc)
	if err != nil {
		return Owner{}, err
	}
	s, err := find(ctx, js, Guard{Joins: true})
	if err != nil {
		return Owner{}, err
	}
	kept := s.CachedInfo().Config.Metadata
	if kept[keptLMC] == "" {
		return Owner{}, fmt.Errorf("%w: the stream %s does not say whose it is", ErrNoLog, streamName)
	}
	return Owner{kept[keptLMC], kept[keptName], kept[keptRehearsal] == "true"}, nil
}

// find returns the stream, creating it if it never was.
func find(ctx context.Context, js jetstream.JetStream, g Guard) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, streamName)
	if err == nil && g.Filling > 0 {
		return nil, fmt.Errorf("%w: the NATS server has a stream %s", ErrBegun, streamName)
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if g.Joins && !g.Existed {
			return nil, fmt.Errorf("%w: the NATS server has no stream %s for us", ErrNoLog, streamName)
		}
		if g.Existed {
			return nil, fmt.Errorf("%w: the log (the stream %s) is gone; it had reached position %d", events.ErrDamaged, streamName, g.Mark.Position)
		}
		s, err = js.CreateStream(ctx, settings(g))
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == noCluster {
			return nil, fmt.Errorf("%w, not %d", ErrAlone, g.Replicas)
		}
	}
	if err != nil {
		return nil, unavailable("the log cannot be opened", err)
	}
	return s, nil
}

func settings(g Guard) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name:        streamName,
		Description: "Parley's event log: nothing is ever deleted",
		Subjects:    []string{prefix + ">"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		MaxMsgs:     -1,
		MaxBytes:    -1,
		MaxMsgSize:  -1,
		Storage:     jetstream.FileStorage,
		Replicas:    max(1, g.Replicas),
		DenyDelete:  true,
		DenyPurge:   true,
		AllowDirect: true,
		Duplicates:  duplicates,
	}
	if g.LMC != "" {
		c.Metadata = map[string]string{keptLMC: g.LMC, keptName: g.Name, keptRehearsal: strconv.FormatBool(g.Rehearsal)}
	}
	if g.Filling > 0 {
		if c.Metadata == nil {
			c.Metadata = map[string]string{}
		}
		c.Metadata[keptFilling] = strconv.FormatUint(g.Filling, 10)
	}
	return c
}

// filled returns an error that wraps ErrUnfilled if the log was begun with a
// backup, and does not go as far as that.
func filled(info *jetstream.StreamInfo, g Guard) error {
	upTo, begun := info.Config.Metadata[keptFilling]
	if !begun || g.Filling > 0 {
		return nil
	}
	if n, err := strconv.ParseUint(upTo, 10, 64); err != nil || info.State.LastSeq < n {
		return fmt.Errorf("%w: it has %d of the %s commits of the backup that it was to be filled from", ErrUnfilled, info.State.LastSeq, upTo)
	}
	return nil
}

// whose returns an error that wraps ErrOtherLMC if a stream with these settings
// is the log of another LMC, or of another sort.
func whose(c jetstream.StreamConfig, g Guard) error {
	lmc, kept := c.Metadata[keptLMC]
	switch {
	case g.LMC == "" || !kept:
		return nil
	case lmc != g.LMC:
		return fmt.Errorf("%w: it is that of %s, not of %s", ErrOtherLMC, lmc, g.LMC)
	case c.Metadata[keptRehearsal] != strconv.FormatBool(g.Rehearsal):
		return fmt.Errorf("%w: it is for training or in earnest, and the other was asked for (rehearsal: %s, not %t)",
			ErrOtherLMC, c.Metadata[keptRehearsal], g.Rehearsal)
	}
	return nil
}

// sound returns an error that wraps ErrUnsafe if a stream with these settings
// might lose what it is given, or holds other things than commits.
func sound(c jetstream.StreamConfig) error {
	for _, bad := range []struct {
		is   bool
		what string
	}{
		{c.Storage != jetstream.FileStorage, "it is not kept on disk"},
		{!c.DenyDelete, "commits may be deleted"},
		{!c.DenyPurge, "it may be purged"},
		{c.AllowRollup, "commits may be rolled up"},
		{c.AllowMsgTTL, "commits may expire"},
		{c.Retention != jetstream.LimitsPolicy, "commits go when they are read"},
		{c.MaxMsgs > 0 || c.MaxBytes > 0 || c.MaxAge > 0 || c.MaxMsgsPerSubject > 0, "it has a limit"},
		{!c.AllowDirect, "it allows no direct reading"},
		{c.NoAck, "it does not say what it has stored"},
		{c.Sealed, "it is sealed"},
		{c.Mirror != nil || len(c.Sources) > 0, "it is filled from elsewhere"},
		{c.SubjectTransform != nil, "it changes subjects"},
		{len(c.Subjects) != 1 || c.Subjects[0] != prefix+">", "it has other subjects: " + strings.Join(c.Subjects, ", ")},
	} {
		if bad.is {
			return fmt.Errorf("%w (the stream %s): %s", ErrUnsafe, streamName, bad.what)
		}
	}
	return nil
}

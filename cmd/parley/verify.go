package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"parley/events"
)

// verified is the answer of verify.
type verified struct {
	OK         bool      `json:"ok"`
	Commits    int       `json:"commits"`
	Events     int       `json:"events"`
	Aggregates int       `json:"aggregates"`
	Last       uint64    `json:"last"` // the log's last position
	Findings   []finding `json:"findings"`
}

type finding struct {
	Position  uint64 `json:"position"` // 0 if the log as a whole is meant
	Through   uint64 `json:"through"`
	Aggregate string `json:"aggregate"`
	Version   int    `json:"version"`
	Wrong     string `json:"wrong"`
}

func newVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every commit of the log, and the chain that ties them together", Args: cobra.NoArgs,
		Long: `Walk the whole log: check every commit against its hash and its predecessor's,
that none is missing, and that the log goes as far as it once did. Everything
that is wrong is named, with where it stands. Nothing is changed.`,
		Example: `  parley verify
  parley verify -o json --jq .findings`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := a.verify(cmd.Context())
			if err != nil {
				return err
			}
			if err := a.print(answer.report()); err != nil {
				return err
			}
			if !answer.OK {
				return fmt.Errorf("%w: %s", errFound, count(len(answer.Findings), "finding"))
			}
			return nil
		},
	}
}

// verify walks the log. A log that does not open at all is a finding too.
func (a *app) verify(ctx context.Context) (verified, error) {
	s, err := a.openWithoutViews(ctx)
	if err != nil {
		if !errors.Is(err, events.ErrDamaged) {
			return verified{}, err
		}
		return verified{Findings: []finding{{Wrong: err.Error()}}}, nil
	}
	r, err := s.audit(ctx)
	switch {
	case errors.Is(r.Err(), events.ErrDamaged):
		s.damaged = r.Err()
	case err == nil && r.OK():
		err = s.dir.ClearDamage()
	}
	putBack := s.close()
	if err != nil || putBack != nil && s.damaged == nil {
		return verified{}, errors.Join(err, putBack)
	}
	if putBack != nil {
		_, _ = fmt.Fprintln(a.stderr, putBack)
	}
	answer := verified{r.OK(), r.Commits, r.Facts, r.Aggregates, r.Last, []finding{}}
	for _, f := range r.Findings {
		whose := ""
		if f.Aggregate != (events.Aggregate{}) {
			whose = f.Aggregate.String()
		}
		answer.Findings = append(answer.Findings, finding{f.Position, f.Through, whose, f.Version, f.Wrong})
	}
	return answer, nil
}

func (v verified) report() report {
	r := report{value: v, columns: []string{"position", "aggregate", "version", "wrong"}}
	if v.OK {
		r.empty = fmt.Sprintf("The log is sound: %s with %s in %s, up to position %d.",
			count(v.Commits, "commit"), count(v.Events, "event"), count(v.Aggregates, "line"), v.Last)
	}
	for _, f := range v.Findings {
		at := fmt.Sprint(f.Position)
		if f.Through > f.Position {
			at = fmt.Sprintf("%d-%d", f.Position, f.Through)
		}
		r.rows = append(r.rows, []cell{text(at), text(f.Aggregate), number(f.Version), text(f.Wrong)})
	}
	return r
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/events"
)

// verified is the answer of verify.
type verified struct {
	OK         bool      `json:"ok"`
	After      uint64    `json:"after"` // the position after which the walk began; 0: the whole log
	Commits    int       `json:"commits"`
	Events     int       `json:"events"`
	Aggregates int       `json:"aggregates"`
	Last       uint64    `json:"last"` // the log's last position
	Findings   []finding `json:"findings"`
	Cleared    string    `json:"cleared,omitempty"` // damage that was found earlier, or a copy that was not the log's, and is cleared up now
}

type finding struct {
	Position  uint64 `json:"position"` // 0 if the log as a whole is meant
	Through   uint64 `json:"through"`
	Aggregate string `json:"aggregate"`
	Version   int    `json:"version"`
	Wrong     string `json:"wrong"`
}

func newVerify(a *app) *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "verify [--since POSITION|DATE]", Short: "Check every commit of the log, and the chain that ties them together", Args: cobra.NoArgs,
		Long: `Walk the whole log: check every commit against its hash and its predecessor's,
that none is missing, and that the log goes as far as it once did. Everything
that is wrong is named, with where it stands. Nothing is changed, except that a
damaged log gives way to its copy in the store's folder, where that has more; it
is then kept beside it. Run it again to see whether what was put back is whole.

Where a server has the store, it walks the log, and nothing gives way to anything
before it has been stopped.

With --since it walks only what stands from a position on, or was recorded from a
day or a time on. The first commit that it meets of each line is tied to what was
recorded of that line before. What is between is taken to be sound: begin where an
earlier run ended. Damage that was found is cleared up by a whole walk alone.`,
		Example: `  parley verify
  parley verify --since 2026-11-20
  parley verify --since 10482
  parley verify -o json --jq .findings`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := sinceOf(since)
			if err != nil {
				return err
			}
			answer, became, err := a.verify(cmd.Context(), from)
			if err != nil {
				return err
			}
			err = a.print(answer.report())
			if !answer.OK {
				err = also(err, also(fmt.Errorf("%w: %s", errFound, count(len(answer.Findings), "finding")), became))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "begin at this position, or with what was recorded on this day (2026-11-20) or at this time")
	return cmd
}

// sinceOf reads where to begin.
func sinceOf(text string) (rpc.Since, error) {
	if text == "" {
		return rpc.Since{}, nil
	}
	if position, err := strconv.ParseUint(text, 10, 64); err == nil && position > 0 {
		return rpc.Since{Position: position}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return rpc.Since{Time: at}, nil
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return rpc.Since{}, err
	}
	day, err := calendar.Parse(text)
	if err != nil {
		return rpc.Since{}, usageError{fmt.Errorf("--since %q is neither a position of the log nor a date: write 10482, 2026-11-20 or 2026-11-20T09:00:00Z", text)}
	}
	return rpc.Since{Time: day.In(where)}, nil
}

// verify walks the log. A log that does not open at all is a finding too. Of a
// damaged log it also returns what became of it: see makeGood.
func (a *app) verify(ctx context.Context, from rpc.Since) (answer verified, became, err error) {
	if there, err := a.remote(ctx); there != nil || err != nil {
		if err != nil {
			return verified{}, nil, err
		}
		r, err := there.office.Verify(ctx, from)
		return answerOf(r), nil, also(err, there.close(err))
	}
	return a.verifyHere(ctx, from)
}

// verifyHere is verify on the store itself.
func (a *app) verifyHere(ctx context.Context, from rpc.Since) (answer verified, became, err error) {
	s, err := a.openStore(ctx, (*store).openToAudit)
	if errors.Is(err, events.ErrDamaged) {
		for _, b := range []error{errPutBack, errNoBetter, storedir.ErrEdited} {
			if errors.Is(err, b) {
				became = b
			}
		}
		return verified{Findings: []finding{{Wrong: err.Error()}}}, became, nil
	}
	if err != nil {
		return verified{}, nil, err
	}
	r, err := s.auditSince(ctx, from)
	cleared := ""
	if found := also(err, r.Err()); errors.Is(found, events.ErrDamaged) {
		s.damaged = found
	}
	if err == nil && r.OK() && from == (rpc.Since{}) {
		cleared, err = s.clear(ctx)
	}
	became = s.close()
	if err != nil || s.damaged == nil && became != nil {
		return verified{}, nil, also(err, became)
	}
	answer = answerOf(r)
	answer.Cleared = cleared
	return answer, became, nil
}

// answerOf returns what was found, as it is shown.
func answerOf(r events.Report) verified {
	answer := verified{r.OK(), r.After, r.Commits, r.Facts, r.Aggregates, r.Last, []finding{}, ""}
	for _, f := range r.Findings {
		whose := ""
		if f.Aggregate != (events.Aggregate{}) {
			whose = f.Aggregate.String()
		}
		answer.Findings = append(answer.Findings, finding{f.Position, f.Through, whose, f.Version, f.Wrong})
	}
	return answer
}

func (v verified) report() report {
	r := report{value: v, columns: []string{"position", "aggregate", "version", "wrong"}}
	if v.OK {
		r.page = func(w io.Writer, width int) {
			what := "The log is sound"
			if v.After > 0 {
				what = fmt.Sprintf("From position %d on the log is sound", v.After+1)
			}
			hanging(w, "", fmt.Sprintf("%s: %s with %s in %s, up to position %d.",
				what, count(v.Commits, "commit"), count(v.Events, "event"), count(v.Aggregates, "line"), v.Last), width)
			if v.Cleared != "" {
				hanging(w, "", "Work can go on. This is cleared up: "+oneLine(v.Cleared), width)
			}
		}
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

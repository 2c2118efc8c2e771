package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"regexp"

	"charm.land/huh/v2"
	"github.com/spf13/cobra"

	"parley/adapters/storedir"
)

func newInit(a *app) *cobra.Command {
	var id storedir.Identity
	cmd := &cobra.Command{
		Use: "init --lmc NAME --code CODE", Short: "Make a store for an LMC",
		Long: `Make a store for an LMC on this machine. Its code begins the reference of every
case: GLO gives GLO-26-0001. A rehearsal store is for training and tests: it
alone goes by PARLEY_CLOCK, and says so with every command.`,
		Example: `  parley init --lmc "Gloucestershire LMC" --code GLO
  parley init --lmc "Severnshire LMC" --code SEV --actor jo --rehearsal --store ./rehearsal`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.askIdentity(cmd.Context(), &id); err != nil {
				return err
			}
			if err := checkIdentity(&id); err != nil {
				return err
			}
			return a.initStore(cmd.Context(), id)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&id.LMC, "lmc", "", "name of the LMC")
	flags.StringVar(&id.Code, "code", "", "short code of the LMC: two to five capital letters")
	flags.StringVar(&id.Actor, "actor", "", "who works with this store (default: your name on this machine)")
	flags.BoolVar(&id.Rehearsal, "rehearsal", false, "a store for training and tests, whose clock can be set")
	return cmd
}

// askIdentity asks for what the flags left out, if somebody is there.
func (a *app) askIdentity(ctx context.Context, id *storedir.Identity) error {
	if a.noInput || !a.terminal || id.LMC != "" && id.Code != "" {
		return nil
	}
	return a.fillIn(ctx,
		huh.NewInput().Title("Name of the LMC").Value(&id.LMC),
		huh.NewInput().Title("Its short code, such as GLO").Value(&id.Code),
	)
}

var lmcCode = regexp.MustCompile(`^[A-Z]{2,5}$`)

func checkIdentity(id *storedir.Identity) error {
	switch {
	case id.LMC == "":
		return usageError{errors.New("the name of the LMC is missing: give --lmc")}
	case !lmcCode.MatchString(id.Code):
		return usageError{fmt.Errorf("--code %q is not a short code: two to five capital letters, such as GLO", id.Code)}
	}
	if id.Actor == "" {
		if u, err := user.Current(); err == nil {
			id.Actor = u.Username
		}
	}
	if id.Actor == "" {
		return usageError{errors.New("who works with this store is missing: give --actor")}
	}
	return nil
}

// initStore makes the folder and begins its log.
func (a *app) initStore(ctx context.Context, id storedir.Identity) error {
	path, err := a.storePath()
	if err != nil {
		return err
	}
	if _, err := a.clock(id); err != nil {
		return err // before anything is made
	}
	id.Created = a.now().UTC()
	dir, err := storedir.Create(ctx, path, id, a.claim())
	if err != nil {
		return err
	}
	s, err := a.start(ctx, dir, (*store).openLog)
	if err := also(err, s.close()); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(a.stderr, "Next: parley directory import epraccur.csv, then parley case open --help")
	return a.print(report{
		value: struct {
			Store     string `json:"store"`
			LMC       string `json:"lmc"`
			Code      string `json:"code"`
			Actor     string `json:"actor"`
			Rehearsal bool   `json:"rehearsal"`
		}{path, id.LMC, id.Code, id.Actor, id.Rehearsal},
		columns: []string{"store", "lmc", "code", "actor", "rehearsal"},
		page: func(w io.Writer, width int) {
			kind := "A store"
			if id.Rehearsal {
				kind = "A rehearsal store"
			}
			hanging(w, "", fmt.Sprintf("%s for %s (%s), worked by %s, is made in %s", kind, id.LMC, id.Code, id.Actor, path), width)
		},
		rows: [][]cell{{text(path), text(id.LMC), text(id.Code), text(id.Actor), mark(id.Rehearsal, "rehearsal")}},
	})
}

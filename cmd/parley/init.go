package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"regexp"
	"strings"

	"charm.land/huh/v2"
	"github.com/spf13/cobra"

	"parley/adapters/storedir"
)

func newInit(a *app) *cobra.Command {
	var id storedir.Identity
	var outside outsideFlags
	var secret encryptFlags
	cmd := &cobra.Command{
		Use: "init --lmc NAME --code CODE", Short: "Make a store for an LMC",
		Long: `Make a store for an LMC on this machine. Its code begins the reference of every
case: GLO gives GLO-26-0001. A rehearsal store is for training and tests: it
alone goes by PARLEY_CLOCK, and says so with every command.

With --nats the log is begun on a NATS server elsewhere, unless it has begun, and
the folder is one for parley serve to work in. Each server has a folder of its own,
which it makes by itself where there is none.

With --encrypt what the store keeps on disk is encrypted with the key in
--key-file, which every command then needs (or PARLEY_KEY_FILE). Whoever loses the
key has lost the store.`,
		Example: `  parley init --lmc "Gloucestershire LMC" --code GLO
  parley init --lmc "Severnshire LMC" --code SEV --actor jo --rehearsal --store ./rehearsal
  parley init --lmc "Gloucestershire LMC" --code GLO --encrypt --key-file /media/safe/parley.key
  parley init --lmc "Gloucestershire LMC" --code GLO --nats nats://n1:4222,nats://n2:4222,nats://n3:4222 --creds init.key --replicas 3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := outside.check(cmd); err != nil {
				return err
			}
			if err := a.askIdentity(cmd.Context(), &id); err != nil {
				return err
			}
			id.Outside = outside.url != ""
			if err := checkIdentity(&id); err != nil {
				return err
			}
			return a.initStore(cmd.Context(), id, outside, secret.encrypt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&id.LMC, "lmc", "", "name of the LMC")
	flags.StringVar(&id.Code, "code", "", "short code of the LMC: two to five capital letters")
	flags.StringVar(&id.Actor, "actor", "", "who works with this store (default: your name on this machine)")
	flags.BoolVar(&id.Rehearsal, "rehearsal", false, "a store for training and tests, whose clock can be set")
	outside.register(cmd)
	secret.register(cmd)
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
	if id.Actor == "" && id.Outside {
		id.Actor = office
	}
	if id.Actor == "" {
		return usageError{errors.New("who works with this store is missing: give --actor")}
	}
	return nil
}

// begin makes the folder of a store that keeps its log itself, and begins that.
func (a *app) begin(ctx context.Context, path string, id storedir.Identity, encrypt bool) error {
	key, forget, err := a.newKey(path, encrypt)
	if err != nil {
		return err
	}
	if key != nil {
		id.Sealed = key.Seal()
	}
	dir, err := storedir.Create(ctx, path, id, a.claim())
	if err != nil {
		forget()
		return err
	}
	s, err := a.start(ctx, dir, (*store).openLog)
	return also(err, s.close())
}

// initStore makes the folder and begins its log.
func (a *app) initStore(ctx context.Context, id storedir.Identity, outside outsideFlags, encrypt bool) error {
	path, err := a.storePath()
	if err != nil {
		return err
	}
	if _, err := a.clock(id); err != nil {
		return err // before anything is made
	}
	id.Created = a.now().UTC()
	if id.Outside && encrypt {
		return usageError{errors.New("--encrypt is for a log in this folder: with --nats the server there encrypts it or does not")}
	}
	if id.Outside {
		err = a.beginOutside(ctx, id, outside)
	} else {
		err = a.begin(ctx, path, id, encrypt)
	}
	if err != nil {
		return err
	}
	next := "parley directory import epraccur.csv, then parley case open --help"
	if id.Outside {
		next = "parley serve --nats URL --creds FILE, then parley user add NAME"
	}
	a.say("Next: %s", next)
	return a.print(report{
		value: struct {
			Store     string `json:"store"`
			LMC       string `json:"lmc"`
			Code      string `json:"code"`
			Actor     string `json:"actor"`
			Rehearsal bool   `json:"rehearsal"`
			Encrypted bool   `json:"encrypted"`
		}{path, id.LMC, id.Code, id.Actor, id.Rehearsal, encrypt},
		columns: []string{"store", "lmc", "code", "actor", "rehearsal", "encrypted"},
		page: func(w io.Writer, width int) {
			kind := "A store"
			if id.Rehearsal {
				kind = "A rehearsal store"
			}
			if encrypt {
				kind = strings.Replace(kind, "A ", "An encrypted ", 1)
			}
			hanging(w, "", fmt.Sprintf("%s for %s (%s), worked by %s, is made in %s", kind, id.LMC, id.Code, id.Actor, path), width)
		},
		rows: [][]cell{{text(path), text(id.LMC), text(id.Code), text(id.Actor), mark(id.Rehearsal, "rehearsal"), mark(encrypt, "encrypted")}},
	})
}

package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/storedir"
	"parley/adapters/users"
	"parley/domain/casework"
)

func newUser(a *app) *cobra.Command {
	return group("user", "Who may work with this store's server from elsewhere", newUserAdd(a), newUserList(a), newUserRemove(a))
}

// book returns the list of users of the store, and whose store it is. A server
// may have the store open.
func (a *app) book() (*users.Book, storedir.Identity, error) {
	path, err := a.storePath()
	if err != nil {
		return nil, storedir.Identity{}, err
	}
	id, err := storedir.Look(path)
	return users.In(path), id, err
}

// member is somebody who may connect.
type member struct {
	Name  string    `json:"name"`
	Key   string    `json:"key"`
	Added time.Time `json:"added"`
	File  string    `json:"file,omitempty"` // with the secret half
}

func newUserAdd(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Let somebody in, and write the file with their key",
		Long: `Let somebody work with this store's server from another machine, under a name that
every fact they record will bear. Give them the file that is written: whoever has
it acts in that name, and it cannot be made again. A running server knows at once.

Where the log is kept by a NATS server elsewhere, that server decides who is let
in: the line that its list of users needs is shown.`,
		Example: `  parley user add "Sam Roe" --key sam.key`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if file == "" {
				file = casework.Token(name) + ".key"
			}
			if _, err := os.Lstat(file); err == nil {
				return fmt.Errorf("%w: %s", os.ErrExist, file)
			}
			book, id, err := a.book()
			if err != nil {
				return err
			}
			seed, err := book.Add(cmd.Context(), name, a.now())
			if err != nil {
				return err
			}
			if err := users.WriteKey(file, name, seed); err != nil {
				return also(err, book.Remove(cmd.Context(), name))
			}
			return a.showNewUser(book, name, file, id.Outside)
		},
	}
	cmd.Flags().StringVar(&file, "key", "", "the file to write (default: the name with .key, in this folder)")
	return cmd
}

func (a *app) showNewUser(book *users.Book, name, file string, outside bool) error {
	all, err := book.All()
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.Name != name {
			continue
		}
		if outside {
			token := casework.Token(name)
			_, _ = fmt.Fprintf(a.stderr, "For the list of users of the NATS server:\n  { nkey: %s, permissions: { publish: [\"parley.v1.%s.>\"], subscribe: [\"_INBOX_%s.>\", \"parley.v1.changes.>\"] } }\n", u.Key, token, token)
		}
		_, _ = fmt.Fprintf(a.stderr, "Next, on their machine: parley context add NAME --url URL --creds FILE\n")
		added := member{u.Name, u.Key, u.Added, file}
		r := usersReport([]member{added})
		r.value = added
		r.page = func(w io.Writer, width int) {
			hanging(w, "", fmt.Sprintf("%s may connect, with the key in %s: give them that file, and to nobody else.", u.Name, file), width)
		}
		return a.print(r)
	}
	return fmt.Errorf("%w: %s", users.ErrUnknown, name)
}

func usersReport(all []member) report {
	r := report{
		value: all, columns: []string{"name", "added", "key", "file"}, brief: []string{"name", "added", "key"},
		empty: "Nobody is let in from elsewhere. To let somebody in: parley user add NAME",
	}
	for _, u := range all {
		r.rows = append(r.rows, []cell{text(u.Name), {u.Added.Format("2 Jan 2006"), u.Added.Format(time.RFC3339)}, text(u.Key), text(u.File)})
	}
	return r
}

func newUserList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List those who are let in", Args: cobra.NoArgs,
		Example: `  parley user list`,
		RunE: func(*cobra.Command, []string) error {
			book, _, err := a.book()
			if err != nil {
				return err
			}
			listed, err := book.All()
			if err != nil {
				return err
			}
			all := []member{}
			for _, u := range listed {
				all = append(all, member{u.Name, u.Key, u.Added, ""})
			}
			return a.print(usersReport(all))
		},
	}
}

func newUserRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Let somebody in no longer",
		Long: `Let somebody in no longer. A running server cuts them off within seconds. What they
have recorded stays under their name.`,
		Example: `  parley user remove "Sam Roe"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			book, _, err := a.book()
			if err != nil {
				return err
			}
			if err := a.ask(cmd.Context(), fmt.Sprintf("Cut %s off? Their key will be of no use any more.", args[0])); err != nil {
				return err
			}
			if err := book.Remove(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.print(report{
				value: struct {
					Removed string `json:"removed"`
				}{args[0]},
				columns: []string{"removed"}, rows: [][]cell{{text(args[0])}},
				page: func(w io.Writer, _ int) { _, _ = fmt.Fprintf(w, "%s is let in no longer.\n", oneLine(args[0])) },
			})
		},
	}
}

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"parley/adapters/settings"
	"parley/adapters/users"
)

func newContext(a *app) *cobra.Command {
	return group("context", "The servers that this machine knows", newContextAdd(a), newContextList(a), newContextUse(a), newContextRemove(a))
}

// aContext is a server as the verbs print it.
type aContext struct {
	Name    string `json:"name"`
	Default bool   `json:"default"`
	settings.Context
}

func contextsReport(all settings.Contexts) report {
	found := []aContext{}
	r := report{
		columns: []string{"name", "default", "url", "creds", "ca"}, brief: []string{"name", "default", "url", "creds"},
		empty: "No server is known. To add one: parley context add NAME --url URL --creds FILE",
	}
	for _, name := range slices.Sorted(maps.Keys(all.Named)) {
		c := aContext{name, name == all.Default, all.Named[name]}
		found = append(found, c)
		r.rows = append(r.rows, []cell{text(name), mark(c.Default, "default"), text(c.URL), text(c.Creds), text(c.CA)})
	}
	r.value = found
	return r
}

// contexts prints the servers, after something was done to their list.
func (a *app) contexts(change func(path string) error) error {
	path, err := settings.ContextsPath()
	if err == nil && change != nil {
		err = change(path)
	}
	if err != nil {
		return err
	}
	all, err := settings.ReadContexts(path)
	if err != nil {
		return err
	}
	return a.print(contextsReport(all))
}

func newContextAdd(a *app) *cobra.Command {
	var c settings.Context
	cmd := &cobra.Command{
		Use: "add NAME --url URL --creds FILE", Short: "Add a server, with the key that it lets you in by",
		Long: `Add a server to those that this machine knows. The file with the key comes from
whoever runs it (parley user add). The first server is the default one from then
on: it is asked unless a store is named.`,
		Example: `  parley context add glos --url tls://parley.glos-lmc.example:4222 --creds sam.key`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, _, err := users.ReadKey(c.Creds); err != nil {
				return err
			}
			return a.contexts(func(path string) error { return settings.AddContext(path, args[0], c) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.URL, "url", "", "where it is: tls://parley.lmc.example:4222, or several with commas between")
	flags.StringVar(&c.Creds, "creds", "", "the file with your key")
	flags.StringVar(&c.CA, "ca", "", "the file with what certifies the server, in PEM (default: what this machine trusts)")
	required(cmd, "url", "creds")
	return cmd
}

func newContextList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the servers", Args: cobra.NoArgs,
		Example: `  parley context list -o json`,
		RunE:    func(*cobra.Command, []string) error { return a.contexts(nil) },
	}
}

func newContextUse(a *app) *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use: "use NAME", Short: "Make a server the one that is asked by default",
		Example: `  parley context use glos
  parley context use --none`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == none {
				return usageError{errors.New("which server? Give its name, or --none for the store of this machine")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			name := ""
			if !none {
				name = args[0]
			}
			return a.contexts(func(path string) error { return settings.SetDefaultContext(path, name) })
		},
	}
	cmd.Flags().BoolVar(&none, "none", false, "no server: the store of this machine")
	return cmd
}

func newContextRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Forget a server; its key stays where it is",
		Example: `  parley context remove glos`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := settings.ContextsPath()
			if err == nil {
				err = settings.RemoveContext(path, args[0])
			}
			if err != nil {
				return err
			}
			return a.print(report{
				value: struct {
					Removed string `json:"removed"`
				}{args[0]},
				columns: []string{"removed"}, rows: [][]cell{{text(args[0])}},
				page: func(w io.Writer, _ int) { _, _ = fmt.Fprintf(w, "The server %s is forgotten.\n", args[0]) },
			})
		},
	}
}

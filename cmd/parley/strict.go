package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Mistakes in the command line that cobra would let pass, or would report as
// if the program had failed.

// strict sees to it that arguments which cmd and those below it do not take are
// reported as mistakes of the command line.
func (a *app) strict(cmd *cobra.Command) {
	if allowed := cmd.Args; allowed != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			a.verb = cmd.CommandPath()
			err := allowed(cmd, args)
			if err == nil || errors.As(err, &usageError{}) {
				return err
			}
			return usageError{err}
		}
	}
	for _, below := range cmd.Commands() {
		a.strict(below)
	}
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// knownVerb refuses arguments to a command that only holds others, with those
// that are written much like it.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	wrong := fmt.Sprintf("there is no command %q", cmd.CommandPath()+" "+args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		wrong += ": did you mean " + strings.Join(near, ", ") + "?"
	}
	return usageError{errors.New(wrong)}
}

// missingFlags refuses a command line without a flag that must be given.
func missingFlags(cmd *cobra.Command) error {
	var missing []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if len(f.Annotations[cobra.BashCompOneRequiredFlag]) > 0 && !f.Changed {
			missing = append(missing, "--"+f.Name)
		}
	})
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return usageError{fmt.Errorf("%s is missing", missing[0])}
	}
	last := len(missing) - 1
	return usageError{fmt.Errorf("%s and %s are missing", strings.Join(missing[:last], ", "), missing[last])}
}

// together matches what cobra says of flags of which only one may be given.
var together = regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.*)\] were all set$`)

// rephrase says in plain words what cobra found wrong with flags that do not go
// together; what it does not know it leaves as it is.
func rephrase(err error) error {
	given := together.FindStringSubmatch(err.Error())
	if given == nil {
		return err
	}
	return fmt.Errorf("--%s do not go together: give one of them", strings.ReplaceAll(given[1], " ", " and --"))
}

// checkText refuses arguments that are not text.
func checkText(args []string) error {
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return usageError{fmt.Errorf("%q is not UTF-8 text: type it again, or save the file that it comes from as UTF-8", arg)}
		}
	}
	return nil
}

// wantsJSON reports whether the command line asks for JSON, however little of
// it makes sense otherwise: errors in reading it are then JSON too.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	for i, arg := range args {
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case arg == "-o" && next == "json", arg == "--output" && next == "json":
			return true
		case arg == "-ojson", arg == "-o=json", arg == "--output=json", arg == "--jq", strings.HasPrefix(arg, "--jq="):
			return true
		}
	}
	return false
}

// newHelp returns the help command, which knows when there is no such topic.
func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Explain a command",
		Example: `  parley help case open
  parley help exit-codes`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var found []cobra.Completion
			if about, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				for _, below := range about.Commands() {
					if !below.Hidden {
						found = append(found, cobra.CompletionWithDesc(below.Name(), below.Short))
					}
				}
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usageError{err}
			}
			if len(rest) > 0 {
				a.verb = about.CommandPath()
				return knownVerb(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is one run of the program: what it is given, and what every verb shares.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	terminal       bool // whether somebody is there to answer a question
	width          int  // columns of the terminal, 0 if output is piped
	told           int  // columns of the terminal that stderr goes to, 0 if that is none

	store   string // the folder of the embedded store
	context string // the server to ask instead, by the name it has in the list of contexts
	keyFile string // with the key of an encrypted store
	keyless bool   // whatever key is named, the store is not encrypted
	output  string // table, json or csv
	jq      string
	json    bool          // JSON is asked for, even if the command line did not get so far as to be read
	wait    time.Duration // how long to wait for a store in use
	yes     bool
	noInput bool

	verb string // the command as others who wait for the store are shown it: parley case list
	ref  string // the case the command is about, for the hints of errors
	id   string // and the deadline of that case, where it is about one

	rehearsal string // what a rehearsal store's clock reads, once one is open
}

// run carries out the command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := newRoot(a, firstWord(args))
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.json = wantsJSON(args)
	err := checkText(args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		a.sayRehearsal()
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = interrupted(err)
	}
	return a.fail(err)
}

// newRoot returns the commands that begin with this word, or all there are where
// none does: one command is made sooner than two hundred.
func newRoot(a *app, word string) *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "Track an LMC's negotiations, notices and deadlines",
		Long: strings.TrimSpace(`
Parley keeps the negotiations of a Local Medical Committee: the work that
practices do unpaid or underpaid, what was offered for it, the notices served,
and every date that matters. What happened is recorded as events that are never
changed; the current status and the deadlines follow from them.

Start with "parley tour" to see a whole case, or "parley init" for a store.`),
		Example: `  parley tour
  parley init --lmc "Gloucestershire LMC" --code GLO
  parley case open --icb QR1 --service phlebotomy-secondary --title "Hospital bloods"`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	a.register(root.PersistentFlags())
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		a.verb = cmd.CommandPath()
		if err := missingFlags(cmd); err != nil {
			return err
		}
		if err := cmd.ValidateFlagGroups(); err != nil {
			return usageError{rephrase(err)}
		}
		return a.checkOutput()
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		a.verb = cmd.CommandPath()
		return usageError{err}
	})
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetHelpCommand(newHelp(a))
	explainWithin(root)
	must(root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"table", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp)))
	if branch, known := branches()[word]; known {
		root.AddCommand(branch(a))
	} else {
		for _, branch := range branches() {
			root.AddCommand(branch(a))
		}
	}
	root.InitDefaultCompletionCmd()
	root.Args, root.RunE = knownVerb, showHelp
	a.strict(root)
	return root
}

// register adds the flags that every command takes.
func (a *app) register(flags *pflag.FlagSet) {
	flags.StringVar(&a.store, "store", "", "folder of the store (or PARLEY_STORE; default: in your data folder)")
	flags.StringVar(&a.context, "context", "", "a server to ask instead (or PARLEY_CONTEXT); see: parley context list")
	flags.StringVar(&a.keyFile, "key-file", "", "file with the key of an encrypted store (or PARLEY_KEY_FILE)")
	flags.StringVarP(&a.output, "output", "o", "table", "how to print: table, json or csv")
	flags.StringVar(&a.jq, "jq", "", "print what this jq expression makes of the JSON")
	flags.DurationVar(&a.wait, "wait", 5*time.Second, "how long to wait for a store that is in use")
	flags.BoolVar(&a.yes, "yes", false, "answer yes to every question")
	flags.BoolVar(&a.noInput, "no-input", false, "never ask")
}

// branches returns what makes each command that stands first on a command line,
// with those below it, by its name.
func branches() map[string]func(*app) *cobra.Command {
	return map[string]func(*app) *cobra.Command{
		"tour": newTour, "init": newInit, "directory": newDirectory, "service": newService, "case": newCase,
		"practice": newPractice, "contract": newContract, "evidence": newEvidence, "mandate": newMandate, "offer": newOffer,
		"agreement": newAgreement, "notice": newNotice, "dispute": newDispute, "foi": newFOI, "closure": newClosure,
		"award": newAward, "letter": newLetter, "meeting": newMeeting, "deadline": newDeadline, "alert": newAlert,
		"rule": newRule, "calendar": newCalendar, "verify": newVerify, "backup": newBackup, "restore": newRestore,
		"doctor": newDoctor, "serve": newServe, "health": newHealth, "user": newUser, "context": newContext,
		"exit-codes": func(*app) *cobra.Command { return newExitCodes() },
	}
}

// firstWord returns the first argument that is neither a flag nor a flag's
// value, and nothing where the flags before it cannot be read.
func firstWord(args []string) string {
	flags := pflag.NewFlagSet("parley", pflag.ContinueOnError)
	flags.Usage = func() {} // what is wrong is said when all of it is read
	flags.SetInterspersed(false)
	new(app).register(flags)
	if flags.Parse(args) != nil {
		return ""
	}
	return flags.Arg(0)
}

// must stops the program on a mistake in its own making, such as a flag
// registered twice.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// group returns a command that only holds others.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: knownVerb, RunE: showHelp}
	cmd.AddCommand(verbs...)
	return cmd
}

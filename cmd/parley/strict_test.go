package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Flags that do not go together are a mistake of the command line, whichever way
// cobra finds it.
func TestFlagsThatDoNotGoTogether(t *testing.T) {
	for name, c := range map[string]struct {
		mark func(*cobra.Command)
		args []string
		want string
	}{
		"one of three":  {func(cmd *cobra.Command) { cmd.MarkFlagsMutuallyExclusive("a", "b", "c") }, []string{"--a", "--c"}, "--a and --c do not go together: give one of them"},
		"one at least":  {func(cmd *cobra.Command) { cmd.MarkFlagsOneRequired("a", "b") }, nil, "at least one of the flags"},
		"both together": {func(cmd *cobra.Command) { cmd.MarkFlagsRequiredTogether("a", "b") }, []string{"--a"}, "they must all be set"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			a := newTestApp(&out)
			root := newRoot(a, "")
			odd := &cobra.Command{Use: "odd", RunE: func(*cobra.Command, []string) error { return nil }}
			for _, flag := range []string{"a", "b", "c"} {
				odd.Flags().Bool(flag, false, "")
			}
			c.mark(odd)
			root.AddCommand(odd)
			root.SetArgs(append([]string{"odd"}, c.args...))
			err := root.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if code, exit, _ := a.describe(err); code != "usage" || exit != exitUsage {
				t.Errorf("%s, %d: %v", code, exit, err)
			}
		})
	}
}

package settings

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// awkward is TOML as nobody writes it, and as it may be written.
const awkward = `# [not.a.table]
at = "a # b" # c = 1
  text = """
key = "no"
[neither]
\""" still""""
lit = '''
[[nor]]'''   # [
"quoted.key" = 1
'other' . sub = [1, 2,
  # a comment with ]
  "]", # and more
  3]
[ table ] # of its own
a.b = { c = 1, d = [ { e = 1 } ] }
[[list]]
x = [
  { id = "a" },

  { id = "}{", n = [ { deep = 1 } ] }, { id = "c" },
]
[list.inner]
y = 1
[[list.inner2]]
z = 1
[[list.inner2]]
z = 2
[[list]]
x = 9
[[list.inner2]]
z = 3
`

func TestKeysStandOnTheirLines(t *testing.T) {
	want := map[string]int{
		"at": 2, "text": 3, "lit": 7, "quoted.key": 9, "other": 10, "other.sub": 10,
		"table": 14, "table.a": 15, "table.a.b": 15,
		"list[0]": 16, "list[0].x": 17, "list[0].x[0]": 18, "list[0].x[1]": 20, "list[0].x[2]": 20,
		"list[0].inner": 22, "list[0].inner.y": 23, "list[0].inner2[0]": 24, "list[0].inner2[0].z": 25, "list[0].inner2[1]": 26, "list[0].inner2[1].z": 27,
		"list[1]": 28, "list[1].x": 29, "list[1].inner2[0]": 30, "list[1].inner2[0].z": 31,
	}
	if _, err := toml.Decode(awkward, &map[string]any{}); err != nil {
		t.Fatalf("this is no TOML: %v", err)
	}
	for name, source := range map[string]string{"plain": awkward, "Windows": strings.ReplaceAll(awkward, "\n", "\r\n")} {
		if diff := cmp.Diff(want, lines(source)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAMarkAtTheBeginningIsNoPartOfAKey(t *testing.T) {
	d, top := parse("alerts.toml", "\ufeffat = 1\n")
	if top == nil {
		t.Fatal(d.err())
	}
	if got := d.line("at"); got != 1 {
		t.Errorf("it is on line %d", got)
	}
}

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Two servers with different settings say so, each in what: the one that starts,
// and the one whose settings do not count any more. What is the same is not news.
func TestServersWithDifferentSettingsSaySo(t *testing.T) {
	o := oneNATS(t, "jo").open(t)
	warned := func(i int, what string) bool {
		return strings.Contains(o.servers[i].log.String(), what)
	}
	const starts, heard = "alerts.toml says otherwise", "another server has recorded another alerts.toml"
	if err := o.servers[1].end(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if warned(1, starts) || warned(1, heard) {
		t.Errorf("with the same settings:\n%s", o.servers[1].log)
	}
	o.store = o.folder(1)
	o.settings(o.box.settings("", `{ id = "2wd", days = -2, urgent = true }`))
	before := o.servers[0].metric("parley_log_position")
	o.start(1)
	o.tell("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs")
	eventually(t, func() string { // the policy and the case, in this order
		if now := o.servers[0].metric("parley_log_position"); now < before+2 {
			return fmt.Sprintf("the first server is at %v, after %v", now, before)
		}
		return ""
	})
	for _, s := range o.servers {
		if err := s.end(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if !warned(1, starts) || !warned(1, "the ladder for all other deadlines") {
		t.Errorf("the second says\n%s", o.servers[1].log)
	}
	if !warned(0, heard) || warned(0, starts) {
		t.Errorf("the first says\n%s", o.servers[0].log)
	}
}

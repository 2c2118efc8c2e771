package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/adapters/settings"
	"parley/domain/alerting"
)

// checkCaseworkers looks whether everybody who has an open case is somebody whom
// the settings know: otherwise the desk is warned in their place, and nobody
// notices. Where the settings name nobody all goes to one place, and there is
// nothing to look for.
func (s *store) checkCaseworkers(ctx context.Context, p alerting.Policy, checks *checkList) {
	if len(p.People) == 0 || s.views == nil {
		return
	}
	cases := map[string][]string{}
	var failed error
	for doc := range s.views.Docket.All(ctx, &failed) {
		if !doc.Closed && doc.Caseworker != "" && p.Recipient(doc.Caseworker).Name != doc.Caseworker {
			cases[doc.Caseworker] = append(cases[doc.Caseworker], doc.Ref)
		}
	}
	if failed == nil && len(cases) > 0 {
		failed = unknownCaseworkers(p.Desk, cases)
	}
	checks.add("caseworkers", failed, "whoever has an open case is known")
}

// unknownCaseworkers says whom the settings do not know, with one of the cases of
// each, and what to do about it.
func unknownCaseworkers(desk string, cases map[string][]string) error {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		refs := cases[name]
		slices.Sort(refs)
		about := refs[0]
		if len(refs) > 1 {
			about += fmt.Sprintf(" and %d more", len(refs)-1)
		}
		said = append(said, fmt.Sprintf("%s (%s)", name, about))
	}
	return fmt.Errorf("%s does not know %s: alerts of these cases go to the desk, %s. Add each as a [[person]] of exactly that name, or give the cases to somebody it knows: parley case assign",
		settings.AlertsFile, strings.Join(said, ", "), desk)
}

// Package catalogue names the services that practices deliver and nobody pays
// for, or not enough: what a case is about.
//
// It is data and nothing else. A slug, once given, stays, because cases are
// stored under it. Prices are no part of it: what a service was paid with
// somewhere is evidence for a case, never a tariff. Nor is a service's place
// here a statement that it falls outside the core contract; that is what cases
// are argued about.
package catalogue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Category is the sort of work a service is.
type Category string

// The categories.
const (
	Community   Category = "Community"
	Diagnostics Category = "Diagnostics"
	Monitoring  Category = "Long-term monitoring"
	Prescribing Category = "Prescribing/administration"
	Procedures  Category = "Procedures"
	SharedCare  Category = "Shared care"
	Transfer    Category = "Workload transfer"
	Urgent      Category = "Urgent"
)

// Status says how well it is known that LMCs and ICBs argue about a service.
type Status string

// The statuses.
const (
	Published  Status = "published"  // a public source names it
	Unverified Status = "unverified" // from memory: to be shown as such
)

// Service is a kind of work that a case can be about.
type Service struct {
	Slug     string   `json:"slug"` // lower case with hyphens, ring-pessary; never changes
	Name     string   `json:"name"`
	Category Category `json:"category"`
	Unit     string   `json:"unit"` // what is usually counted and priced: per test
	Status   Status   `json:"status"`
}

// ErrUnknownService is matched by every UnknownService.
var ErrUnknownService = errors.New("no such service in the catalogue")

// UnknownService says that the catalogue has no service with this slug.
type UnknownService struct {
	Slug string
	Near []string // slugs of services that share a word with it
}

func (e UnknownService) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("there is no service %q in the catalogue", e.Slug)
	}
	return fmt.Sprintf("there is no service %q in the catalogue: it has %s", e.Slug, strings.Join(e.Near, ", "))
}

// Is matches ErrUnknownService.
func (UnknownService) Is(target error) bool { return target == ErrUnknownService }

// Services returns the whole catalogue, by slug.
func Services() []Service { return slices.Clone(services) }

// Find returns the service with this slug. Its error is an UnknownService.
func Find(slug string) (Service, error) {
	i, found := slices.BinarySearchFunc(services, slug, func(s Service, slug string) int { return strings.Compare(s.Slug, slug) })
	if !found {
		return Service{}, UnknownService{slug, near(slug)}
	}
	return services[i], nil
}

// near returns the slugs of services with a word that begins as a word of
// text does, however the two end, at most five of them.
func near(text string) []string {
	var slugs []string
	wanted := words(text)
	for _, s := range services {
		if len(slugs) < 5 && slices.ContainsFunc(words(s.Slug+" "+s.Name), func(word string) bool {
			return slices.ContainsFunc(wanted, func(w string) bool { return strings.HasPrefix(word, stem(w)) || strings.HasPrefix(w, stem(word)) })
		}) {
			slugs = append(slugs, s.Slug)
		}
	}
	return slugs
}

// words returns the words of text that are long enough to mean something.
func words(text string) []string {
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.DeleteFunc(all, func(w string) bool { return len(w) < 3 || w == "and" || w == "for" || w == "the" })
}

// stem returns the first four letters of a word, or all of a shorter one.
func stem(word string) string { return word[:min(4, len(word))] }

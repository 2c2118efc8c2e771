package main

import (
	"github.com/spf13/cobra"

	"parley/domain/catalogue"
)

func newService(a *app) *cobra.Command {
	return group("service", "The catalogue of services that cases are about", newServiceList(a))
}

func newServiceList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the services, with the slugs that commands take", Args: cobra.NoArgs,
		Example: `  parley service list
  parley service list -o csv`,
		RunE: func(*cobra.Command, []string) error {
			type service struct {
				Slug     string `json:"slug"`
				Name     string `json:"name"`
				Category string `json:"category"`
				Unit     string `json:"unit"`
				Status   string `json:"status"`
			}
			r := report{columns: []string{"slug", "name", "category", "unit", "status"}, narrow: []string{"slug", "name", "status"}}
			services := []service{}
			for _, s := range catalogue.Services() {
				services = append(services, service{s.Slug, s.Name, string(s.Category), s.Unit, string(s.Status)})
				r.rows = append(r.rows, []cell{text(s.Slug), text(s.Name), text(string(s.Category)), text(s.Unit), text(string(s.Status))})
			}
			r.value = services
			return a.print(r)
		},
	}
}

package catalogue

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestServicesAreWellFormedAndInOrder(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	categories := []Category{Community, Diagnostics, Monitoring, Prescribing, Procedures, SharedCare, Transfer, Urgent}
	all := Services()
	for i, s := range all {
		switch {
		case !slug.MatchString(s.Slug):
			t.Errorf("%q is not a slug", s.Slug)
		case i > 0 && all[i-1].Slug >= s.Slug:
			t.Errorf("%s stands after %s", s.Slug, all[i-1].Slug)
		case s.Name == "" || s.Unit == "":
			t.Errorf("%s lacks a name or a unit", s.Slug)
		case !slices.Contains(categories, s.Category):
			t.Errorf("%s has the unknown category %q", s.Slug, s.Category)
		case s.Status != Published && s.Status != Unverified:
			t.Errorf("%s has the unknown status %q", s.Slug, s.Status)
		}
	}
}

// The research behind the catalogue is not part of the repository.
func TestServicesAgreeWithTheirSource(t *testing.T) {
	const path = "../../../shared/data/services.csv"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no", path, "on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	statuses := map[string]Status{"CONFIRMED": Published, "FROM MEMORY": Unverified}
	if len(rows)-1 != len(Services()) {
		t.Errorf("the source has %d services, the catalogue %d", len(rows)-1, len(Services()))
	}
	for _, row := range rows[1:] {
		want := Service{row[0], row[1], Category(row[3]), row[4], statuses[row[7]]}
		if got, err := Find(row[0]); err != nil || got != want {
			t.Errorf("Find(%q) = %+v, %v, want %+v", row[0], got, err, want)
		}
	}
}

func TestAnUnknownServiceNamesItsNeighbours(t *testing.T) {
	for text, want := range map[string][]string{
		"pessary":      {"ring-pessary"},
		"ring-pesary":  {"ring-pessary"},
		"ECGs":         {"ecg"},
		"wound":        {"leg-ulcer", "postop-care"},
		"":             nil,
		"zzz":          nil,
		"phlebotomies": {"phlebotomy-secondary"},
	} {
		_, err := Find(text)
		var unknown UnknownService
		if !errors.Is(err, ErrUnknownService) || !errors.As(err, &unknown) {
			t.Fatalf("Find(%q): %v", text, err)
		}
		if !slices.Equal(unknown.Near, want) {
			t.Errorf("near %q: %v, want %v", text, unknown.Near, want)
		}
	}
}

func TestTheCatalogueCannotBeChangedFromOutside(t *testing.T) {
	Services()[0].Name = "something else"
	if Services()[0].Name == "something else" {
		t.Error("a caller changed the catalogue")
	}
}

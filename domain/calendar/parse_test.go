package calendar

import (
	"fmt"
	"testing"
	"time"
)

// TestParseKnowsTheDays holds Parse against the standard library's reading, for
// all that looks like a date.
func TestParseKnowsTheDays(t *testing.T) {
	for year := 1890; year <= 2210; year++ {
		for month := range 14 {
			for day := range 33 {
				s := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
				want, err := time.Parse(time.DateOnly, s)
				wanted := err == nil && year >= 1900 && year <= 2200
				got, err := Parse(s)
				var read Date
				failed := read.UnmarshalText([]byte(s))
				if (err == nil) != wanted || (failed == nil) != wanted || got != read || wanted && !got.Time().Equal(want) {
					t.Fatalf("%s reads as %s (%v) and as %s (%v)", s, got, err, read, failed)
				}
			}
		}
	}
}

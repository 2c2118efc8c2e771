package calendar

import "testing"

func TestPeriodsReadAndWrite(t *testing.T) {
	for s, long := range map[string]string{"3m": "3 months", "28d": "28 days", "20wd": "20 working days", "1y": "1 year", "24h": "24 hours", "12w": "12 weeks"} {
		p, err := ParsePeriod(s)
		if err != nil || p.String() != s || p.Long() != long {
			t.Errorf("ParsePeriod(%q) = %q (%q), %v", s, p, p.Long(), err)
		}
	}
	for _, s := range []string{"", "0d", "m", "3", "-3m", "+3m", "3 m", "3M", "3q", "99999d", "99999999999999999999d", "3m3"} {
		if p, err := ParsePeriod(s); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", s, p)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	f.Add("3m")
	f.Add("020wd")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			return
		}
		if again, err := ParsePeriod(p.String()); err != nil || again != p {
			t.Errorf("%q reads as %v, which reads back as %v, %v", s, p, again, err)
		}
	})
}

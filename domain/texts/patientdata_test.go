package texts

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNHSNumbers(t *testing.T) {
	for text, found := range map[string]bool{
		"943 476 5919":                    true,
		"943-476-5919":                    true,
		"9434765919":                      true,
		"943 476-5919":                    true,
		"943\u00a0476\u00a05919":          true, // no-break spaces, as pasted from a letter
		"943\u2009476\u20095919":          true, // thin spaces
		"943\u2011476\u20115919":          true, // no-break hyphens
		"943\u2013476\u20135919":          true, // dashes
		"943.476.5919":                    true,
		"943\t476\t5919":                  true, // out of a table
		"patient 943 476 5919, seen":      true,
		"(9434765919)":                    true,
		"é9434765919é":                    true,
		"letter_9434765919.pdf":           true,
		"NHS9434765919":                   true,
		"ref 1234567890 and 943 476 5919": true, // the second, where the first does not check
		"123-943-476-5919":                true,
		"943 476 5918":                    false, // the check digit is wrong
		"943 476 591":                     false,
		"9434765919123":                   false, // part of a longer run
		"1239434765919":                   false,
		"a9434765919f":                    false, // part of a reference
		"943  476  5919":                  true,
		"£943,476.59 of 19":               false,
		"":                                false,
		"943 476":                         false,
		"01452 555 0123":                  false,
		"2026-11-22 2027-03-31":           false,
		"1000000010":                      false, // its check digit would have to be 10
		"1000000060":                      true,  // 11 counts as 0
		"９４３４７６５９１９":                      true,  // as wide as a Chinese character
		"９４３　４７６　５９１９":                    true,
		"９４３＿４７６－５９１９":                    true,
		"\u0669\u0664\u0663\u0664\u0667\u0666\u0665\u0669\u0661\u0669": true, // in other digits
		"943\n476\n5919":         true, // over lines
		"943\r\n476\r\n5919":     true,
		"943 \r\n476 \r\n5919":   true,
		"943\u2028476\u20285919": true,
		"943\u200b476\u200b5919": true, // zero width, as pasted from a web page
		"943\u00ad4765919":       true, // a soft hyphen
		"943\u2212476\u22125919": true, // minus signs
		"943_476_5919":           true,
		"943/476/5919":           true,
		"nhsno9434765919":        true,
		"NHSNumber9434765919":    true,
		"nhs_no_943_476_5919":    true,
		"nhsno9434765918":        false,
		"𝟗𝟜𝟑𝟰𝟳𝟼𝟱𝟡𝟏𝟿":             true, // of several alphabets for mathematics
		"7nhs9434765919":         false,
		"xnhs9434765919":         false,
		"GB9434765919":           false, // a reference
		"943\n\n\n\n476 5919":    false, // paragraphs apart
	} {
		if n, got := findNHSNumber(text); got != found {
			t.Errorf("in %q an NHS number was found: %v (%s), want %v", text, got, n, found)
		}
	}
}

func FuzzNHSNumbers(f *testing.F) {
	for _, s := range []string{"943 476 5919", "9434765919", "9434765919943-476-5919", "９４３＿４７６\r\n5919", "nhsno9434765919", "ref 943\u00a0476", "\xff943476591", strings.Repeat("9434765919", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, found := findNHSNumber(text)
		if found && (len(n) != 10 || !checks(n)) {
			t.Fatalf("%q in %q is no NHS number", n, text)
		}
		// Whatever stands around it, an NHS number by itself is seen.
		if utf8.ValidString(text) {
			if _, seen := findNHSNumber(text + "\n943 476 5919\n" + text); !seen {
				t.Fatalf("not seen between %q", text)
			}
		}
	})
}

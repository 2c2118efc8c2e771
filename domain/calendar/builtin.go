package calendar

import (
	"slices"
	"strings"
	"sync"
)

// Builtin returns the calendar that Parley comes with: every bank holiday of
// 2012 to 2028 as GOV.UK had published them in November 2026. Its horizon is
// 26 December 2028, the last of them. Before 2012 it knows no holidays; only
// the days that a definition of working days itself names are skipped there.
func Builtin() Calendar { return builtin() }

var builtin = sync.OnceValue(func() Calendar {
	c := Calendar{version: "built-in 2026-11", published: On(2026, 11, 1), horizon: On(2028, 12, 26)}
	for _, s := range published() {
		for _, written := range strings.Fields(s.days) {
			day, substitute := strings.CutSuffix(written, "*")
			date, err := Parse(day)
			if err != nil {
				panic("the built-in calendar: " + err.Error())
			}
			for _, div := range s.in {
				c.holidays = append(c.holidays, Holiday{div, date, s.title, substitute})
			}
		}
	}
	slices.SortFunc(c.holidays, order)
	return c
})

// series is the days of one holiday where it is kept. A star marks a day that
// stands in for one at a weekend.
type series struct {
	title string
	in    []Division
	days  string
}

// published lists the bank holidays of 2012 to 2028, in the order of the year,
// and those that were proclaimed once.
func published() []series {
	everywhere := Divisions()
	notScotland := []Division{EnglandAndWales, NorthernIreland}
	notNorthernIreland := []Division{EnglandAndWales, Scotland}
	scotland := []Division{Scotland}
	northernIreland := []Division{NorthernIreland}
	return []series{
		{"New Year’s Day", everywhere, `
			2013-01-01 2014-01-01 2015-01-01 2016-01-01 2018-01-01 2019-01-01 2020-01-01 2021-01-01 2022-01-03*
			2023-01-02* 2024-01-01 2025-01-01 2026-01-01 2027-01-01 2028-01-03*`},
		{"New Year’s Day", notScotland, `2012-01-02* 2017-01-02*`},
		{"New Year’s Day", scotland, `2012-01-03* 2017-01-03*`},
		{"2nd January", scotland, `
			2012-01-02 2013-01-02 2014-01-02 2015-01-02 2016-01-04* 2017-01-02 2018-01-02 2019-01-02 2020-01-02
			2021-01-04* 2022-01-04* 2023-01-03* 2024-01-02 2025-01-02 2026-01-02 2027-01-04* 2028-01-04*`},
		{"St Patrick’s Day", northernIreland, `
			2012-03-19* 2013-03-18* 2014-03-17 2015-03-17 2016-03-17 2017-03-17 2018-03-19* 2019-03-18* 2020-03-17
			2021-03-17 2022-03-17 2023-03-17 2024-03-18* 2025-03-17 2026-03-17 2027-03-17 2028-03-17`},
		{"Good Friday", everywhere, `
			2012-04-06 2013-03-29 2014-04-18 2015-04-03 2016-03-25 2017-04-14 2018-03-30 2019-04-19 2020-04-10
			2021-04-02 2022-04-15 2023-04-07 2024-03-29 2025-04-18 2026-04-03 2027-03-26 2028-04-14`},
		{"Easter Monday", notScotland, `
			2012-04-09 2013-04-01 2014-04-21 2015-04-06 2016-03-28 2017-04-17 2018-04-02 2019-04-22 2020-04-13
			2021-04-05 2022-04-18 2023-04-10 2024-04-01 2025-04-21 2026-04-06 2027-03-29 2028-04-17`},
		{"Early May bank holiday", everywhere, `
			2012-05-07 2013-05-06 2014-05-05 2015-05-04 2016-05-02 2017-05-01 2018-05-07 2019-05-06 2021-05-03
			2022-05-02 2023-05-01 2024-05-06 2025-05-05 2026-05-04 2027-05-03 2028-05-01`},
		{"Spring bank holiday", everywhere, `
			2013-05-27 2014-05-26 2015-05-25 2016-05-30 2017-05-29 2018-05-28 2019-05-27 2020-05-25 2021-05-31
			2022-06-02 2023-05-29 2024-05-27 2025-05-26 2026-05-25 2027-05-31 2028-05-29`},
		{"Spring bank holiday", notNorthernIreland, `2012-06-04*`},
		{"Spring bank holiday", northernIreland, `2012-06-04`},
		{"Battle of the Boyne (Orangemen’s Day)", northernIreland, `
			2012-07-12 2013-07-12 2014-07-14* 2015-07-13* 2016-07-12 2017-07-12 2018-07-12 2019-07-12 2020-07-13*
			2021-07-12 2022-07-12 2023-07-12 2024-07-12 2025-07-14* 2026-07-13* 2027-07-12 2028-07-12`},
		{"Summer bank holiday", scotland, `
			2012-08-06 2013-08-05 2014-08-04 2015-08-03 2016-08-01 2017-08-07 2018-08-06 2019-08-05 2020-08-03
			2021-08-02 2022-08-01 2023-08-07 2024-08-05 2025-08-04 2026-08-03 2027-08-02 2028-08-07`},
		{"Summer bank holiday", notScotland, `
			2012-08-27 2013-08-26 2014-08-25 2015-08-31 2016-08-29 2017-08-28 2018-08-27 2019-08-26 2020-08-31
			2021-08-30 2022-08-29 2023-08-28 2024-08-26 2025-08-25 2026-08-31 2027-08-30 2028-08-28`},
		{"St Andrew’s Day", scotland, `
			2012-11-30 2013-12-02* 2014-12-01* 2015-11-30 2016-11-30 2017-11-30 2018-11-30 2019-12-02* 2020-11-30
			2021-11-30 2022-11-30 2023-11-30 2024-12-02* 2025-12-01* 2026-11-30 2027-11-30 2028-11-30`},
		{"Christmas Day", everywhere, `
			2012-12-25 2013-12-25 2014-12-25 2015-12-25 2016-12-27* 2017-12-25 2018-12-25 2019-12-25 2020-12-25
			2021-12-27* 2022-12-27* 2023-12-25 2024-12-25 2025-12-25 2026-12-25 2027-12-27* 2028-12-25`},
		{"Boxing Day", everywhere, `
			2012-12-26 2013-12-26 2014-12-26 2015-12-28* 2016-12-26 2017-12-26 2018-12-26 2019-12-26 2020-12-28*
			2021-12-28* 2022-12-26 2023-12-26 2024-12-26 2025-12-26 2026-12-28* 2027-12-28* 2028-12-26`},

		{"Queen’s Diamond Jubilee", everywhere, `2012-06-05`},
		{"Early May bank holiday (VE day)", everywhere, `2020-05-08`},
		{"Platinum Jubilee bank holiday", everywhere, `2022-06-03`},
		{"Bank Holiday for the State Funeral of Queen Elizabeth II", everywhere, `2022-09-19`},
		{"Bank holiday for the coronation of King Charles III", everywhere, `2023-05-08`},
		{"World Cup bank holiday", scotland, `2026-06-15`},
	}
}

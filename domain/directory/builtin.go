package directory

import (
	"time"

	"parley/domain/calendar"
)

// On 1 April 2026 thirteen of the first ICBs gave way to six, three of them
// divided among several; the boundary of QRL took in part of QNQ.
var (
	firstEnded  = calendar.On(2026, time.March, 31)
	secondBegan = calendar.On(2026, time.April, 1)
)

// builtin is the ICBs that Parley knows without being told: the 42 of 1 July
// 2022 and the six new ones of 1 April 2026. Codes of 2022 and successions are
// those of the Organisation Data Service (ODS); the codes of 2026 were taken
// from one published table checked against it.
var builtin = []Commissioner{
	// of 2022
	{Code: "QE1", Name: "NHS Lancashire and South Cumbria Integrated Care Board", From: ICBsBegan},
	{Code: "QF7", Name: "NHS South Yorkshire Integrated Care Board", From: ICBsBegan},
	{Code: "QGH", Name: "NHS Herefordshire and Worcestershire Integrated Care Board", From: ICBsBegan},
	{Code: "QH8", Name: "NHS Mid and South Essex Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"D7T5G"}},
	{Code: "QHG", Name: "NHS Bedfordshire, Luton and Milton Keynes Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S1Y5D"}},
	{Code: "QHL", Name: "NHS Birmingham and Solihull Integrated Care Board", From: ICBsBegan},
	{Code: "QHM", Name: "NHS North East and North Cumbria Integrated Care Board", From: ICBsBegan},
	{Code: "QJ2", Name: "NHS Derby and Derbyshire Integrated Care Board", From: ICBsBegan},
	{Code: "QJG", Name: "NHS Suffolk and North East Essex Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"D7T5G", "T6Y0W"}},
	{Code: "QJK", Name: "NHS Devon Integrated Care Board", From: ICBsBegan},
	{Code: "QJM", Name: "NHS Lincolnshire Integrated Care Board", From: ICBsBegan},
	{Code: "QK1", Name: "NHS Leicester, Leicestershire and Rutland Integrated Care Board", From: ICBsBegan},
	{Code: "QKK", Name: "NHS South East London Integrated Care Board", From: ICBsBegan},
	{Code: "QKS", Name: "NHS Kent and Medway Integrated Care Board", From: ICBsBegan},
	{Code: "QM7", Name: "NHS Hertfordshire and West Essex Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S1Y5D", "D7T5G"}},
	{Code: "QMF", Name: "NHS North East London Integrated Care Board", From: ICBsBegan},
	{Code: "QMJ", Name: "NHS North Central London Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"Z9B2Z"}},
	{Code: "QMM", Name: "NHS Norfolk and Waveney Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"T6Y0W"}},
	{Code: "QNC", Name: "NHS Staffordshire and Stoke-on-Trent Integrated Care Board", From: ICBsBegan},
	{Code: "QNQ", Name: "NHS Frimley Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S0E4D", "S9B9J", "QRL"}},
	{Code: "QNX", Name: "NHS Sussex Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S9B9J"}},
	{Code: "QOC", Name: "NHS Shropshire, Telford and Wrekin Integrated Care Board", From: ICBsBegan},
	{Code: "QOP", Name: "NHS Greater Manchester Integrated Care Board", From: ICBsBegan},
	{Code: "QOQ", Name: "NHS Humber and North Yorkshire Integrated Care Board", From: ICBsBegan},
	{Code: "QOX", Name: "NHS Bath and North East Somerset, Swindon and Wiltshire Integrated Care Board", From: ICBsBegan},
	{Code: "QPM", Name: "NHS Northamptonshire Integrated Care Board", From: ICBsBegan},
	{Code: "QR1", Name: "NHS Gloucestershire Integrated Care Board", From: ICBsBegan},
	{Code: "QRL", Name: "NHS Hampshire and Isle of Wight Integrated Care Board", From: ICBsBegan},
	{Code: "QRV", Name: "NHS North West London Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"Z9B2Z"}},
	{Code: "QSL", Name: "NHS Somerset Integrated Care Board", From: ICBsBegan},
	{Code: "QT1", Name: "NHS Nottingham and Nottinghamshire Integrated Care Board", From: ICBsBegan},
	{Code: "QT6", Name: "NHS Cornwall and the Isles of Scilly Integrated Care Board", From: ICBsBegan},
	{Code: "QU9", Name: "NHS Buckinghamshire, Oxfordshire and Berkshire West Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S0E4D"}},
	{Code: "QUA", Name: "NHS Black Country Integrated Care Board", From: ICBsBegan},
	{Code: "QUE", Name: "NHS Cambridgeshire and Peterborough Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S1Y5D"}},
	{Code: "QUY", Name: "NHS Bristol, North Somerset and South Gloucestershire Integrated Care Board", From: ICBsBegan},
	{Code: "QVV", Name: "NHS Dorset Integrated Care Board", From: ICBsBegan},
	{Code: "QWE", Name: "NHS South West London Integrated Care Board", From: ICBsBegan},
	{Code: "QWO", Name: "NHS West Yorkshire Integrated Care Board", From: ICBsBegan},
	{Code: "QWU", Name: "NHS Coventry and Warwickshire Integrated Care Board", From: ICBsBegan},
	{Code: "QXU", Name: "NHS Surrey Heartlands Integrated Care Board", From: ICBsBegan, Until: firstEnded, Successors: []string{"S9B9J"}},
	{Code: "QYG", Name: "NHS Cheshire and Merseyside Integrated Care Board", From: ICBsBegan},

	// of 2026
	{Code: "D7T5G", Name: "NHS Essex Integrated Care Board", From: secondBegan},
	{Code: "S0E4D", Name: "NHS Thames Valley Integrated Care Board", From: secondBegan},
	{Code: "S1Y5D", Name: "NHS Central East Integrated Care Board", From: secondBegan},
	{Code: "S9B9J", Name: "NHS Surrey and Sussex Integrated Care Board", From: secondBegan},
	{Code: "T6Y0W", Name: "NHS Norfolk and Suffolk Integrated Care Board", From: secondBegan},
	{Code: "Z9B2Z", Name: "NHS West and North London Integrated Care Board", From: secondBegan},
}

var builtinByCode = indexed(builtin)

func indexed(all []Commissioner) map[string]Commissioner {
	m := make(map[string]Commissioner, len(all))
	for _, c := range all {
		m[c.Code] = c
	}
	return m
}

// Builtin returns the built-in ICB with this code, if there is one.
func Builtin(code string) (Commissioner, bool) {
	c, known := builtinByCode[code]
	return c, known
}

package events

import (
	"fmt"
	"testing"
)

// commitOf is a commit of n facts like those of a notice.
func commitOf(n int) Commit {
	c := small()
	c.Facts = nil
	for _, g := range goldens() {
		if e, ok := g.want.Event.(NoticeServed); ok {
			c.Facts = append(c.Facts, Fact{g.want.On, e, false})
		}
	}
	for i := 1; i < n; i++ {
		c.Facts = append(c.Facts, Fact{c.Facts[0].On, DeadlineSet{
			Deadline: fmt.Sprintf("D7.%d", i), Rule: "notice-period", RuleVersion: 1, Title: "Notice of A81001 ends",
			Owner: Practice, Practice: "A81001", Trigger: c.Facts[0].On,
		}, true})
	}
	return c
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{1, 3} {
		b.Run(fmt.Sprintf("facts=%d", n), func(b *testing.B) {
			c := commitOf(n)
			b.SetBytes(int64(len(sealed(b, c).Stored)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Seal(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{1, 3} {
		b.Run(fmt.Sprintf("facts=%d", n), func(b *testing.B) {
			stored := sealed(b, commitOf(n)).Stored
			b.SetBytes(int64(len(stored)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// how is one way to answer.
type how string

// The ways to answer.
const (
	properly how = "ok"
	refuse   how = "refuse"
	greylist how = "greylist"
	busy     how = "busy"
	drop     how = "drop"
	hang     how = "hang"
)

// manner is how a server answers: at first in one way, then properly.
type manner struct {
	mu   sync.Mutex
	way  how
	left int // how often still; less than nothing for always
}

// reader reads a manner from a flag: one of these ways, and how often.
func (m *manner) reader(ways ...how) func(string) error {
	return func(s string) error {
		word, times, counted := strings.Cut(s, "=")
		way, left := how(word), -1
		if way != properly && !slices.Contains(ways, way) {
			return fmt.Errorf("there is no such way to answer; there are %s, %v", properly, ways)
		}
		if counted {
			n, err := strconv.Atoi(times)
			if err != nil || n < 1 || way == properly {
				return fmt.Errorf("it does not say how often: write it as %s=2", ways[0])
			}
			left = n
		}
		m.way, m.left = way, left
		return nil
	}
}

// next returns how to answer now.
func (m *manner) next() how {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.way == "" || m.left == 0 {
		return properly
	}
	m.left = max(m.left-1, -1)
	return m.way
}

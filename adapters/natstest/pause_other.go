//go:build !unix

package natstest

// Pause cannot be done here: the test is skipped.
func (c *Cluster) Pause(int) { c.t.Skip("a process cannot be suspended here") }

// Resume cannot be done here: the test is skipped.
func (c *Cluster) Resume(int) { c.t.Skip("a process cannot be suspended here") }

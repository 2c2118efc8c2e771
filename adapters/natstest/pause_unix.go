//go:build unix

package natstest

import "syscall"

// Pause stops a server where it stands, as when its machine is suspended: it
// says nothing, and its connections stay open.
func (c *Cluster) Pause(i int) { c.signal(i, syscall.SIGSTOP) }

// Resume lets a server that was paused go on, as if no time had passed.
func (c *Cluster) Resume(i int) { c.signal(i, syscall.SIGCONT) }

func (c *Cluster) signal(i int, s syscall.Signal) {
	c.t.Helper()
	n := c.nodes[i]
	if n.process == nil {
		return
	}
	if err := n.process.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

//go:build unix

package web

import "syscall"

// How the system says that nothing can listen on an address.
const (
	errInUse        = syscall.EADDRINUSE
	errNotPermitted = syscall.EACCES
)

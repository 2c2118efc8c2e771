package web

import "golang.org/x/sys/windows"

// How the system says that nothing can listen on an address.
const (
	errInUse        = windows.WSAEADDRINUSE
	errNotPermitted = windows.WSAEACCES
)

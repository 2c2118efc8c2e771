package web

import (
	"errors"
	"net"
	"os"
	"testing"
)

// Which ports need permission depends on the machine and on who runs the tests:
// here is what the system answers then.
func TestAPortThatIsNotPermitted(t *testing.T) {
	bind := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", errNotPermitted)}
	if err := refusal(":80", bind); !errors.Is(err, ErrNotPermitted) || errors.Is(err, ErrInUse) || !errors.Is(err, errNotPermitted) {
		t.Errorf("%v", err)
	}
}

func TestAServerOnAllAddressesIsFoundOnThisMachine(t *testing.T) {
	s, err := Start(Options{Addr: ":0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Shutdown(t.Context()) }()
	_, port, _ := net.SplitHostPort(s.Addr())
	if got := s.URL(); got != "http://localhost:"+port {
		t.Errorf("%s is at %s", s.Addr(), got)
	}
}

package memlog_test

import (
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/memlog"
)

func TestContract(t *testing.T) {
	logtest.Run(t, func(*testing.T) logtest.Log { return memlog.New() })
}

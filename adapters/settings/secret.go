package settings

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// longestSecret is in bytes: tokens have some 2,000.
const longestSecret = 64 << 10

// readSecret reads a secret of one line, or says why it cannot be used and what
// to do. What it says never has any of the secret in it.
func readSecret(path string) (content, why, next string) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "there is no such file", "make it, for yourself alone"
	}
	if err != nil {
		return "", reason(err), "let the account that runs Parley read it"
	}
	defer f.Close()
	stat, err := f.Stat()
	switch {
	case err != nil:
		return "", reason(err), "let the account that runs Parley read it"
	case !stat.Mode().IsRegular():
		return "", "it is not a file", "name a file"
	case openToAll(stat.Mode()):
		return "", "everybody on this machine may read it", "chmod 600 " + path
	}
	read, err := io.ReadAll(io.LimitReader(f, longestSecret+1))
	content = strings.TrimSpace(string(read))
	switch {
	case err != nil:
		return "", reason(err), "let the account that runs Parley read it"
	case content == "":
		return "", "it is empty", "put the secret there, on one line"
	case len(read) > longestSecret || strings.ContainsAny(content, "\r\n\x00"):
		return "", "it holds more than one line", "put the secret there, on one line"
	}
	return content, "", ""
}

// reason is what the system says is wrong, without the path that is said already.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

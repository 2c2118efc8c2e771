package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/rpc"
)

// soonEnough is how long a server may take to say whether it is ready.
const soonEnough = 5 * time.Second

func newHealth(a *app) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use: "health --http URL", Short: "Ask a server over HTTP whether it is ready", Args: cobra.NoArgs,
		Long: `Ask a server that was started with --http whether it is ready, and end with exit
code 0 if it is: for containers and service managers.`,
		Example: `  parley health --http http://127.0.0.1:8025`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			said, err := askHealth(cmd.Context(), address)
			if err != nil {
				return err
			}
			return a.print(report{
				value: struct {
					Ready bool `json:"ready"`
				}{true},
				columns: []string{"ready"}, rows: [][]cell{{{said, "true"}}},
				page: func(w io.Writer, _ int) { _, _ = fmt.Fprintln(w, said) },
			})
		},
	}
	cmd.Flags().StringVar(&address, "http", "", "where the server answers over HTTP: http://127.0.0.1:8025")
	required(cmd, "http")
	return cmd
}

// askHealth returns what a server says that is ready. Errors wrap errUnhealthy
// for one that is not, and rpc.ErrUnreachable.
func askHealth(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usageError{fmt.Errorf("--http %q is no address: write http://127.0.0.1:8025", address)}
	}
	ctx, cancel := context.WithTimeout(ctx, soonEnough)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("readyz").String(), nil)
	if err != nil {
		return "", usageError{err}
	}
	answer, err := http.DefaultClient.Do(request)
	if errors.Is(err, context.Canceled) {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", rpc.ErrUnreachable, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	said := strings.TrimSpace(string(body))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: %s", errUnhealthy, said)
	}
	return said, err
}

package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// pair is a certificate and its key, read again when their files change:
// certificates are renewed while the server runs.
type pair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	of     [2]time.Time // when the files that were last tried were written
}

func openPair(cert, key string, log *slog.Logger) (*pair, error) {
	p := &pair{cert: cert, key: key, log: log}
	loaded, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	p.loaded, p.of = &loaded, p.written()
	return p, nil
}

// written returns when the files were written; the zero time for one that is gone.
func (p *pair) written() (at [2]time.Time) {
	for i, file := range []string{p.cert, p.key} {
		if stat, err := os.Stat(file); err == nil {
			at[i] = stat.ModTime()
		}
	}
	return at
}

// current returns the certificate as its files have it. Where they cannot be
// used the one before goes on, and the log says so once.
func (p *pair) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.written()
	if at == p.of {
		return p.loaded, nil
	}
	p.of = at
	loaded, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		p.log.Warn("the certificate has changed and cannot be used: the one before goes on", "why", err)
		return p.loaded, nil
	}
	p.loaded = &loaded
	p.log.Info("the certificate has been renewed")
	return p.loaded, nil
}

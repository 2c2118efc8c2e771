package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A server whose certificate has the name that others know it by, and that no
// authority of this machine vouches for, is found from here all the same.
func TestCommandsBesideAServerWithTLS(t *testing.T) {
	cert, key := selfSigned(t, "parley.lmc.example")
	s := newProgram(t).serve("--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.ready.NATS, "tls://") {
		t.Errorf("clients: %s", s.ready.NATS)
	}
	s.must("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs")
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v\n%s", err, s.log)
	}
	if got := strings.TrimSpace(s.must("case", "list", "--jq", "length")); got != "1" {
		t.Errorf("%s cases", got)
	}
}

// selfSigned makes a certificate for a name that certifies itself.
func selfSigned(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

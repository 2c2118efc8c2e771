package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/web"
)

// certify writes a certificate of this number and its key, and returns their files.
func certify(t *testing.T, dir string, number int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "parley"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	written := time.Unix(1_700_000_000+number, 0) // as file systems may not tell two moments apart
	must(t, os.Chtimes(cert, written, written))
	must(t, os.Chtimes(key, written, written))
	return cert, key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shown returns the number of the certificate that a server shows.
func shown(t *testing.T, s *web.Server) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", s.Addr(), &tls.Config{InsecureSkipVerify: true}) // it is looked at, not trusted
	must(t, err)
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestEncryptionAndARenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify(t, dir, 1)
	var said safe
	s := start(t, web.Options{Cert: cert, Key: key, Log: logTo(&said)})
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Errorf("it is at %s", s.URL())
	}
	if n := shown(t, s); n != 1 {
		t.Errorf("it shows %d", n)
	}
	certify(t, dir, 2)
	if n := shown(t, s); n != 2 {
		t.Errorf("renewed, and it shows %d", n)
	}
	must(t, os.WriteFile(cert, []byte("half a file"), 0o600))
	for range 2 {
		if n := shown(t, s); n != 2 {
			t.Errorf("broken, and it shows %d", n)
		}
	}
	must(t, os.Remove(cert))
	if n := shown(t, s); n != 2 {
		t.Errorf("gone, and it shows %d", n)
	}
	certify(t, dir, 3)
	if n := shown(t, s); n != 3 {
		t.Errorf("there again, and it shows %d", n)
	}
	if n := strings.Count(said.String(), "cannot be used"); n != 2 {
		t.Errorf("the log says %d times that it cannot be used:\n%s", n, said.String())
	}
	pool := x509.NewCertPool()
	content, err := os.ReadFile(cert)
	must(t, err)
	pool.AppendCertsFromPEM(content)
	conn, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: pool})
	must(t, err)
	must(t, conn.Close())
}

func TestCertificatesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify(t, dir, 1)
	_, other := certify(t, t.TempDir(), 2)
	for name, o := range map[string]web.Options{
		"no key":         {Cert: cert},
		"no certificate": {Key: key},
		"another's key":  {Cert: cert, Key: other},
		"not there":      {Cert: filepath.Join(dir, "gone.pem"), Key: key},
		"the wrong way":  {Cert: key, Key: cert},
	} {
		o.Addr = "127.0.0.1:0"
		if s, err := web.Start(o); !errors.Is(err, web.ErrCertificate) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

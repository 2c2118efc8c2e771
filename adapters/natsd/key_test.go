package natsd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natsd"
	"parley/events"
)

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store.key")
	k := natsd.NewKey()
	if err := k.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if err := natsd.NewKey().WriteFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over another: %v", err)
	}
	got, err := natsd.ReadKey(path, "")
	if err != nil || *got != *k {
		t.Errorf("another key came back: %v", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := natsd.ReadKey(path, ""); !errors.Is(err, natsd.ErrKeyFile) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("readable by others: %v", err)
		}
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty": "", "no key": "a secret\n", "cut": string(good[:len(good)-3]), "long": string(good[:len(good)-1]) + "AAAA\n", "another sort": "x" + string(good),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := natsd.ReadKey(path, ""); !errors.Is(err, natsd.ErrKeyFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := natsd.ReadKey(filepath.Join(dir, "none"), ""); !errors.Is(err, natsd.ErrKeyFile) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if said := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(said, "[") || strings.Contains(said, strings.TrimSpace(string(good))) {
		t.Errorf("a key says of itself %s", said)
	}
	if bytes.Equal(k.Derive("views"), k.Derive("jetstream")) || !bytes.Equal(k.Derive("views"), got.Derive("views")) {
		t.Error("what is derived does not depend on key and purpose alone")
	}
}

// A service manager that gives the key to one service does so by a list of who may
// read it, which shows as a mode that lets the group read (systemd: LoadCredential=).
func TestAKeyFromTheServiceManager(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	given, other := filepath.Join(t.TempDir(), "given"), t.TempDir()
	if err := os.Mkdir(given, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		folder, credentials  string
		folderMode, fileMode os.FileMode
		good                 bool
	}{
		"given":                     {given, given, 0o550, 0o440, true},
		"given, with a slash":       {given, given + "/", 0o550, 0o440, true},
		"given to its owner":        {given, given, 0o500, 0o400, true},
		"no service manager":        {given, "", 0o550, 0o440, false},
		"given, and others read it": {given, given, 0o550, 0o444, false},
		"given, and others write":   {given, given, 0o550, 0o460, false},
		"a folder open to all":      {given, given, 0o555, 0o440, false},
		"in another folder":         {other, given, 0o550, 0o440, false},
		"further down":              {given, filepath.Dir(given), 0o550, 0o440, false},
	} {
		path := filepath.Join(c.folder, "store-key")
		err := errors.Join(os.Chmod(c.folder, 0o700), natsd.NewKey().WriteFile(path), os.Chmod(path, c.fileMode), os.Chmod(c.folder, c.folderMode))
		if err != nil {
			t.Fatal(err)
		}
		_, err = natsd.ReadKey(path, c.credentials)
		if (err == nil) != c.good || err != nil && !errors.Is(err, natsd.ErrKeyFile) {
			t.Errorf("%s: %v", name, err)
		}
		if err := errors.Join(os.Chmod(c.folder, 0o700), os.Remove(path)); err != nil {
			t.Fatal(err)
		}
	}
}

// secret is text that must not be found in an encrypted store.
const secret = "the mandate is 12.50 an item"

// store makes a store with the same settings as Start will be given again, and
// something in it, and returns its folder.
func store(t *testing.T, k *natsd.Key, sealed string) string {
	t.Helper()
	dir := t.TempDir()
	serve(t, natsd.Config{Dir: dir, Name: "test", Key: k, Sealed: sealed}, func(ctx context.Context, js jetstream.JetStream) {
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			if _, err := js.Publish(ctx, fmt.Sprintf("s.%d", i), []byte(secret)); err != nil {
				t.Fatal(err)
			}
		}
	})
	return dir
}

// serve starts a server, lets f use it, and stops it.
func serve(t *testing.T, c natsd.Config, f func(context.Context, jetstream.JetStream)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := natsd.Start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(s.Conn())
	if err != nil {
		t.Fatal(err)
	}
	f(ctx, js)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if w := s.Warnings(); len(w) > 0 {
		t.Errorf("it warned of %q", w)
	}
}

// everything returns each file of a folder with its mode, time and content.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano())
		if e.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		all[path] += string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnEncryptedStore(t *testing.T) {
	k := natsd.NewKey()
	sealed := k.Seal()
	dir := store(t, k, sealed)
	for path, content := range everything(t, dir) {
		if strings.Contains(content, secret) || strings.Contains(content, "s.4") {
			t.Errorf("%s holds what should be secret", path)
		}
	}
	for round := range 3 {
		serve(t, natsd.Config{Dir: dir, Name: "test", Key: k, Sealed: sealed}, func(ctx context.Context, js jetstream.JetStream) {
			st, err := js.Stream(ctx, "S")
			if err != nil || st.CachedInfo().State.Msgs != uint64(50+round) {
				t.Fatalf("round %d: %v", round, err)
			}
			m, err := st.GetMsg(ctx, uint64(50+round))
			if err != nil || string(m.Data) != secret {
				t.Errorf("round %d: %v", round, err)
			}
			if _, err := js.Publish(ctx, "s.more", []byte(secret)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAWrongKeyChangesNothing: with a wrong key, or none, or a key for a plain
// store, the server is not let near the folder: every byte and every time stays.
func TestAWrongKeyChangesNothing(t *testing.T) {
	k := natsd.NewKey()
	sealed := k.Seal()
	encrypted, plain := store(t, k, sealed), store(t, nil, "")
	for _, c := range []struct {
		name   string
		config natsd.Config
		want   error
	}{
		{"a wrong key", natsd.Config{Dir: encrypted, Key: natsd.NewKey(), Sealed: sealed}, natsd.ErrWrongKey},
		{"no key", natsd.Config{Dir: encrypted, Sealed: sealed}, natsd.ErrNeedsKey},
		{"no key, and nothing kept of it", natsd.Config{Dir: encrypted}, natsd.ErrNeedsKey},
		{"the right key, and nothing kept of it", natsd.Config{Dir: encrypted, Key: k}, natsd.ErrUnencrypted},
		{"a key for a plain store", natsd.Config{Dir: plain, Key: k}, natsd.ErrUnencrypted},
		{"a plain store said to be encrypted", natsd.Config{Dir: plain, Key: k, Sealed: sealed}, events.ErrDamaged},
		{"what is kept is cut", natsd.Config{Dir: encrypted, Key: k, Sealed: sealed[:len(sealed)-4]}, natsd.ErrWrongKey},
		{"what is kept is of a later sort", natsd.Config{Dir: encrypted, Key: k, Sealed: "2" + sealed[1:]}, natsd.ErrWrongKey},
		{"what is kept is nothing", natsd.Config{Dir: encrypted, Key: k, Sealed: "1." + "chacha20-poly1305.."}, natsd.ErrWrongKey},
	} {
		before := everything(t, c.config.Dir)
		c.config.Name = "test"
		s, err := natsd.Start(t.Context(), c.config)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if s != nil {
			t.Fatalf("%s: it started: %v", c.name, s.Stop())
		}
		after := everything(t, c.config.Dir)
		for path, content := range before {
			if after[path] != content {
				t.Errorf("%s: %s is not what it was", c.name, path)
			}
		}
		if len(after) != len(before) {
			t.Errorf("%s: %d files, and there were %d", c.name, len(after), len(before))
		}
	}
}

// TestALostKeyOfABlock: the server would take the block for a plain one, and
// encrypt it a second time.
func TestALostKeyOfABlock(t *testing.T) {
	k := natsd.NewKey()
	sealed := k.Seal()
	for _, lost := range []string{"msgs/*.key", "meta.key"} {
		dir := store(t, k, sealed)
		found, err := filepath.Glob(filepath.Join(dir, "jetstream", "$G", "streams", "S", filepath.FromSlash(lost)))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", lost, found, err)
		}
		if err := os.Remove(found[0]); err != nil {
			t.Fatal(err)
		}
		before := everything(t, dir)
		_, err = natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test", Key: k, Sealed: sealed})
		if !errors.Is(err, events.ErrDamaged) {
			t.Errorf("without %s: %v", lost, err)
		}
		for path, content := range everything(t, dir) {
			if before[path] != content {
				t.Errorf("without %s: %s is not what it was", lost, path)
			}
		}
	}
}

// TestACutConsumer: the server would panic, in a goroutine of its own.
func TestACutConsumer(t *testing.T) {
	k := natsd.NewKey()
	sealed := k.Seal()
	dir := store(t, k, sealed)
	serve(t, natsd.Config{Dir: dir, Name: "test", Key: k, Sealed: sealed}, func(ctx context.Context, js jetstream.JetStream) {
		c, err := js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: "watch", AckPolicy: jetstream.AckExplicitPolicy})
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Next()
		if err == nil {
			err = m.DoubleAck(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	for _, name := range []string{"o.dat", "meta.inf"} {
		file := filepath.Join(dir, "jetstream", "$G", "streams", "S", "obs", "watch", name)
		was, err := os.ReadFile(file)
		if err != nil || len(was) < 24 {
			t.Fatal(name, len(was), err)
		}
		for _, to := range []int{0, 1, 11, 23} {
			if err := os.WriteFile(file, was[:to], 0o600); err != nil {
				t.Fatal(err)
			}
			serve(t, natsd.Config{Dir: dir, Name: "test", Key: k, Sealed: sealed}, func(ctx context.Context, js jetstream.JetStream) {
				c, err := js.CreateOrUpdateConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: "watch", AckPolicy: jetstream.AckExplicitPolicy})
				if err != nil {
					t.Fatalf("%s cut to %d: %v", name, to, err)
				}
				if m, err := c.Next(); err != nil || m.Ack() != nil {
					t.Errorf("%s cut to %d: %v", name, to, err)
				}
			})
		}
	}
}

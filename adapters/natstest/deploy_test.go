package natstest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"go.yaml.in/yaml/v3"

	"parley/adapters/natstest"
)

// repository returns a file at the top of the repository.
func repository(t *testing.T, name ...string) string {
	t.Helper()
	holds, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(holds)
}

// required returns the version of a module, or of Go, that go.mod asks for.
func required(t *testing.T, what string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(what) + ` v?(\S+)`).FindStringSubmatch(repository(t, "go.mod"))
	if found == nil {
		t.Fatalf("go.mod says nothing of %s", what)
	}
	return found[1]
}

// compose is what docker-compose.yml says, as far as is looked at here.
type compose struct {
	Services map[string]service
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]any
	Configs  map[string]struct{ File string }
	Secrets  map[string]struct{ File string }
}

type service struct {
	Image       string
	Build       string
	Command     []string
	Environment map[string]string
	Networks    []string
	Volumes     []string
	Ports       []string
	Configs     []struct{ Source, Target string }
	Secrets     []any
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	Healthcheck struct {
		Test    []string
		Disable bool
	}
	DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
	Restart   string
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var c compose
	if err := yaml.Unmarshal([]byte(repository(t, "docker-compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheComposedCluster(t *testing.T) {
	c := readCompose(t)
	want := []string{"init", "nats-1", "nats-2", "nats-3", "parley-1", "parley-2"}
	var has []string
	for name := range c.Services {
		has = append(has, name)
	}
	slices.Sort(has)
	if !slices.Equal(has, want) {
		t.Fatalf("the services are %v, not %v", has, want)
	}
	disks := map[string]bool{}
	for name, s := range c.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s may do more than it needs", name)
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, known := c.Volumes[source]; !known || disks[source] {
				t.Errorf("%s has the volume %s, which is nowhere, or another's", name, source)
			}
			disks[source] = true
		}
		for _, n := range s.Networks {
			if _, known := c.Networks[n]; !known {
				t.Errorf("%s is on the network %s, which is nowhere", name, n)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s shows %s to everybody", name, p)
			}
		}
		for needed := range s.DependsOn {
			if _, known := c.Services[needed]; !known {
				t.Errorf("%s depends on %s, which is nowhere", name, needed)
			}
		}
		for _, secret := range s.Secrets {
			source, _ := secret.(string)
			if long, ok := secret.(map[string]any); ok {
				source, _ = long["source"].(string)
			}
			if _, known := c.Secrets[source]; !known {
				t.Errorf("%s has the secret %v, which is nowhere", name, secret)
			}
		}
		for _, config := range s.Configs {
			file := c.Configs[config.Source].File
			if repository(t, strings.Split(file, "/")...) == "" {
				t.Errorf("%s has nothing in %s", name, file)
			}
		}
	}
	for _, name := range want[1:4] {
		checkNATS(t, name, c.Services[name])
	}
	for _, name := range want[4:] {
		checkParley(t, name, c.Services[name], c)
	}
	if s := c.Services["init"]; s.Restart != "no" || s.Command[0] != "init" || len(s.DependsOn) != 3 || !s.Healthcheck.Disable {
		t.Errorf("init is %+v", s)
	}
}

func checkNATS(t *testing.T, name string, s service) {
	t.Helper()
	if want := "nats:" + required(t, "github.com/nats-io/nats-server/v2") + "-alpine"; s.Image != want {
		t.Errorf("%s is %s; what is tested is %s", name, s.Image, want)
	}
	if s.Environment["NATS_NAME"] != name || len(s.Volumes) != 1 || !strings.HasSuffix(s.Volumes[0], ":"+s.Environment["NATS_STORE"]) {
		t.Errorf("%s is called %s, with %v for its store", name, s.Environment["NATS_NAME"], s.Volumes)
	}
	if !slices.Contains(s.Healthcheck.Test, "http://127.0.0.1:8222/healthz") || s.Environment["NATS_MONITOR"] != "0.0.0.0:8222" {
		t.Errorf("the health of %s is asked for with %q", name, s.Healthcheck.Test)
	}
	for _, variable := range regexp.MustCompile(`\$([A-Z_]+)\b`).FindAllStringSubmatch(
		uncommented(repository(t, "docs", "deploy", "nats.conf")+repository(t, "docs", "deploy", "users.conf")), -1) {
		if _, set := s.Environment[variable[1]]; !set && !slices.Contains([]string{"JS", "SPARED", "KEPT", "INIT", "SERVE"}, variable[1]) {
			t.Errorf("%s has no %s", name, variable[1])
		}
	}
}

func checkParley(t *testing.T, name string, s service, c compose) {
	t.Helper()
	if s.Build != "." || s.Command[0] != "serve" || !slices.Contains(s.Command, "--replicas=3") {
		t.Errorf("%s runs %v", name, s.Command)
	}
	at := slices.IndexFunc(s.Command, func(arg string) bool { return strings.HasPrefix(arg, "--nats=") })
	if at < 0 {
		t.Fatalf("%s is not told where NATS is", name)
	}
	for i, url := range strings.Split(strings.TrimPrefix(s.Command[at], "--nats="), ",") {
		host, ok := strings.CutSuffix(strings.TrimPrefix(url, "nats://"), ":4222")
		if _, known := c.Services[host]; !ok || !known || i > 2 {
			t.Errorf("%s looks for NATS at %s", name, url)
		}
	}
	if !slices.Equal(s.Healthcheck.Test, []string{"CMD", "/parley", "health", "--http", "http://127.0.0.1:8222"}) {
		t.Errorf("the health of %s is asked for with %q", name, s.Healthcheck.Test)
	}
}

// publicKeys makes up public keys of users.
func publicKeys(t *testing.T, n int) (all []string) {
	t.Helper()
	for range n {
		pair, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		public, err := pair.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, public)
	}
	return all
}

// uncommented is a NATS configuration without its comments.
func uncommented(conf string) string {
	return regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(conf, "")
}

// instructions returns a Dockerfile's stages, each a list of instructions.
func instructions(t *testing.T) (stages [][]string) {
	t.Helper()
	for line := range strings.Lines(repository(t, "Dockerfile")) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "FROM "):
			stages = append(stages, nil)
		case len(stages) == 0:
			t.Fatalf("%q comes before the first stage", line)
		}
		stages[len(stages)-1] = append(stages[len(stages)-1], line)
	}
	return stages
}

func TestTheImage(t *testing.T) {
	stages := instructions(t)
	if len(stages) != 2 {
		t.Fatalf("it has %d stages", len(stages))
	}
	version := required(t, "go")
	if want := "FROM golang:" + version[:strings.LastIndex(version, ".")] + "-alpine AS build"; stages[0][0] != want {
		t.Errorf("it is built with %s, not %s", stages[0][0], want)
	}
	build := slices.IndexFunc(stages[0], func(line string) bool { return strings.Contains(line, "go build") })
	if build < 0 || !strings.Contains(stages[0][build], "CGO_ENABLED=0") || !strings.Contains(stages[0][build], "-trimpath") {
		t.Errorf("it is built by %v", stages[0])
	}
	if stages[1][0] != "FROM scratch" || !slices.Contains(stages[1], "USER 65532:65532") {
		t.Errorf("it runs on and as %v", stages[1])
	}
	for _, line := range stages[1] {
		what, with, _ := strings.Cut(line, " ")
		if what == "RUN" || what == "SHELL" || (what == "CMD" || what == "ENTRYPOINT") && !strings.HasPrefix(with, "[") ||
			what == "HEALTHCHECK" && !strings.Contains(with, " CMD [") {
			t.Errorf("there is no shell for %s", line)
		}
	}
}

func TestTheImageCanBeBuilt(t *testing.T) {
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil {
		t.Skipf("no images can be built here: %v: %.300s", err, out)
	}
	if out, err := exec.Command("docker", "build", "--tag", "parley:test", filepath.Join("..", "..")).CombinedOutput(); err != nil {
		t.Errorf("it cannot be built: %v\n%s", err, out)
	}
}

func TestTheUnit(t *testing.T) {
	unit := repository(t, "docs", "deploy", "parley.service")
	for _, line := range []string{
		"Restart=on-failure", "StateDirectory=parley", "User=parley", "NoNewPrivileges=yes", "ProtectSystem=strict", "TimeoutStopSec=90s",
		"WantedBy=multi-user.target",
	} {
		if !slices.Contains(strings.Split(unit, "\n"), line) {
			t.Errorf("it does not say %s", line)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("the rest is for systemd to judge, which is not here")
	}
	file := filepath.Join(t.TempDir(), "parley.service")
	unit = strings.ReplaceAll(unit, "ExecStart=/usr/local/bin/parley", "ExecStart=/bin/true")
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheServersKeepWhatTheyAcknowledge(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"nats.conf", "users.conf"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(repository(t, "docs", "deploy", name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "routes.conf"), []byte(`authorization { user: route, password: "x" }`), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := publicKeys(t, 2)
	for name, value := range readCompose(t).Services["nats-1"].Environment {
		if strings.HasPrefix(value, "${") {
			value = map[string]string{
				"NATS_ROUTES":      `["nats://route:x@nats-1:6222", "nats://route:x@nats-2:6222", "nats://route:x@nats-3:6222"]`,
				"PARLEY_INIT_KEY":  keys[0],
				"PARLEY_SERVE_KEY": keys[1],
			}[name]
		}
		t.Setenv(name, value)
	}
	o, err := server.ProcessConfigFile(filepath.Join(dir, "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if !o.SyncAlways || !o.JetStream || o.MaxPayload != 8<<20 || len(o.Routes) != 3 || o.Cluster.Username != "route" || o.StoreDir != "/data" {
		t.Errorf("sync %t, JetStream %t, payload %d, routes %v, store %s", o.SyncAlways, o.JetStream, o.MaxPayload, o.Routes, o.StoreDir)
	}
}

// TestWhoMayDoWhat asks real servers that are set up by docs/deploy.
func TestWhoMayDoWhat(t *testing.T) {
	c := natstest.Start(t, "sam.jones")
	js, err := jetstream.New(c.Connect(natstest.Init))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ES", Subjects: []string{"es.>"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	never := []string{
		"STREAM.UPDATE.ES", "STREAM.DELETE.ES", "STREAM.PURGE.ES", "STREAM.RESTORE.ES", "STREAM.MSG.DELETE.ES", "STREAM.PEER.REMOVE.ES",
	}
	for user, denied := range map[string][]string{
		natstest.Init:   never,
		natstest.Server: append([]string{"STREAM.CREATE.ES"}, never...),
		"sam.jones": append([]string{
			"STREAM.CREATE.ES", "STREAM.CREATE.MINE", "STREAM.INFO.ES", "STREAM.MSG.GET.ES", "DIRECT.GET.ES", "CONSUMER.CREATE.ES", "INFO",
		}, never...),
	} {
		nc := c.Connect(user)
		violations := make(chan error, 1)
		nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { violations <- err })
		for _, api := range denied {
			if err := errors.Join(nc.PublishRequest("$JS.API."+api, nc.NewRespInbox(), nil), nc.Flush()); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-violations:
				if !errors.Is(err, nats.ErrPermissionViolation) {
					t.Errorf("%s, asking for %s: %v", user, api, err)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("%s may ask for %s", user, api)
			}
		}
	}
	if js, err = jetstream.New(c.Connect(natstest.Server)); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "es.case.GLO-26-0001", nil); err != nil {
		t.Errorf("a server of Parley, appending: %v", err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "SCHED", Subjects: []string{"sched.>"}, Replicas: 3}); err != nil {
		t.Errorf("a server of Parley, beginning the schedule: %v", err)
	}
	if s, err := js.Stream(t.Context(), "ES"); err != nil || s.CachedInfo().State.Msgs != 1 {
		t.Errorf("the log: %v", err)
	}
	sam := c.Connect("sam.jones")
	if _, err := c.Connect(natstest.Server).Subscribe("parley.v1.*.echo", func(m *nats.Msg) { _ = m.Respond([]byte(m.Subject)) }); err != nil {
		t.Fatal(err)
	}
	var answer *nats.Msg
	for late := time.Now().Add(time.Minute); time.Now().Before(late); { // the servers tell one another of the subscription
		if answer, err = sam.Request("parley.v1.sam%2Ejones.echo", nil, time.Second); err == nil {
			break
		}
	}
	if err != nil || string(answer.Data) != "parley.v1.sam%2Ejones.echo" {
		t.Errorf("a caseworker, asking: %v", err)
	}
}

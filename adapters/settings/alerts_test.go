package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/adapters/settings"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

var sameDates = cmpopts.EquateComparable(calendar.Date{})

// folder returns the folder of a store with these files, for the owner alone.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// secrets are the files that the sample names.
func secrets() map[string]string {
	return map[string]string{
		"secrets/mail-token":     "token\n",
		"secrets/teams-url":      "https://prod-01.uksouth.logic.azure.example/workflows/1/triggers?sig=abc\n",
		"secrets/webhook-secret": "hush",
	}
}

func TestWithoutAFileEverythingGoesToTheFile(t *testing.T) {
	dir := t.TempDir()
	got, err := settings.ReadAlerts(dir, "jo")
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Alerts{Policy: alerting.DefaultPolicy("jo").AlertPolicySet, Addresses: map[string]string{}, Outbox: filepath.Join(dir, "alerts.log")}
	if diff := cmp.Diff(want, got, sameDates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if who := (alerting.Policy{AlertPolicySet: got.Policy}).Recipient("somebody"); who.Name != "jo" || len(who.Channels) != 1 || who.Channels[0] != "file" {
		t.Errorf("warned is %+v", who)
	}
}

func TestTheSampleIsRight(t *testing.T) {
	files := secrets()
	files[settings.AlertsFile] = settings.Sample()
	dir := folder(t, files)
	got, err := settings.ReadAlerts(dir, "jo")
	if err != nil {
		t.Fatal(err)
	}
	if err := (alerting.Policy{AlertPolicySet: got.Policy}).Check(); err != nil {
		t.Error(err)
	}
	date := func(s string) calendar.Date { d, _ := calendar.Parse(s); return d }
	lmc := alerting.DefaultPolicy("jo").Ladders[0]
	want := settings.Alerts{
		File: filepath.Join(dir, "alerts.toml"),
		Policy: events.AlertPolicySet{
			At: "08:30", Desk: "Jo Reed", Officer: "Dr Sam Patel", Quiet: []calendar.Date{date("2026-12-24")}, Urgent: []string{"teams", "webhook"},
			Ladders: []events.Ladder{
				lmc,
				{Class: "good-practice", Rungs: []events.Rung{{ID: "day", Urgent: true}, {ID: "over1wd", Days: 1}}},
				{Rule: "foi-respond", Rungs: []events.Rung{{ID: "3wd", Days: -3}, {ID: "day", Urgent: true}}},
			},
			People: []events.Person{
				{Name: "Jo Reed", Channels: []string{"email", "file"}},
				{
					Name: "Dr Sam Patel", Channels: []string{"email"}, NoDigest: true,
					Quiet: []calendar.Date{date("2026-08-03"), date("2026-08-04")},
					Rungs: []events.Rung{{ID: "day", Urgent: true}, {ID: "esc2wd", Days: 2, Urgent: true, ToOfficer: true}},
				},
			},
		},
		PublicURL: "https://parley.lmc.example",
		Addresses: map[string]string{"Jo Reed": "jo.reed@lmc.example", "Dr Sam Patel": "sam.patel@lmc.example"},
		Email: &settings.Email{
			Host: "smtp.office365.com", Port: 587, TLS: "starttls", Auth: "xoauth2", User: "parley@lmc.example",
			SecretFile: filepath.Join(dir, "secrets", "mail-token"), From: "Parley <parley@lmc.example>",
		},
		Teams:   &settings.Teams{URLFile: filepath.Join(dir, "secrets", "teams-url")},
		Webhook: &settings.Webhook{URL: "https://hooks.lmc.example/parley", SecretFile: filepath.Join(dir, "secrets", "webhook-secret")},
		Outbox:  filepath.Join(dir, "alerts.log"),
	}
	if diff := cmp.Diff(want, got, sameDates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFactsHaveNoAddresses(t *testing.T) {
	files := secrets()
	files[settings.AlertsFile] = settings.Sample()
	got, err := settings.ReadAlerts(folder(t, files), "jo")
	if err != nil {
		t.Fatal(err)
	}
	if said := cmp.Diff(nil, any(got.Policy), sameDates); strings.Contains(said, "@") || strings.Contains(said, "://") {
		t.Errorf("there is an address in\n%s", said)
	}
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	files := secrets()
	files[settings.AlertsFile] = `
[[person]]
name = "Jo"
email = "jo@lmc.example"
channels = ["email"]
[email]
host = "mail.lmc.example"
from = "parley@lmc.example"
user = "parley"
password_file = "secrets/mail-token"
[teams]
url_file = "secrets/teams-url"
[[ladder]]
rule = "foi-respond"
rungs = [{ id = "day", days = 0, urgent = true }]
`
	got, err := settings.ReadAlerts(folder(t, files), "act")
	if err != nil {
		t.Fatal(err)
	}
	p := got.Policy
	if p.At != "08:30" || p.Desk != "Jo" || p.Officer != "Jo" || !cmp.Equal(p.Urgent, []string{"teams"}) || len(p.Ladders) != 2 || p.Ladders[1].Rule != "foi-respond" {
		t.Errorf("the policy is %+v", p)
	}
	if e := got.Email; e.Auth != "password" || e.TLS != "starttls" || e.Port != 0 {
		t.Errorf("mail is %+v", e)
	}
	if filepath.Base(got.Outbox) != "alerts.log" {
		t.Errorf("the file is %s", got.Outbox)
	}
}

func TestAFileThatNamesNobodyWarnsTheOneWhoActs(t *testing.T) {
	got, err := settings.ReadAlerts(folder(t, map[string]string{settings.AlertsFile: `at = "09:15"`}), "jo")
	if err != nil || got.Policy.At != "09:15" || got.Policy.Desk != "jo" || got.Policy.Officer != "jo" {
		t.Errorf("%+v, %v", got.Policy, err)
	}
}

// A bad file: what is said of it, with the line.
func TestBadSettingsAreRefused(t *testing.T) {
	const jo = "[[person]]\nname = \"Jo\"\nchannels = [\"file\"]\n"
	const mail = "[email]\nhost = \"mail.lmc.example\"\nfrom = \"parley@lmc.example\"\n"
	const mailed = "[[person]]\nname = \"Jo\"\nemail = \"jo@lmc.example\"\nchannels = [\"email\"]\n"
	const day = `{ id = "day", days = 0, urgent = true }`
	for _, c := range []struct{ name, source, want string }{
		{"broken", "at = \"08:30\"\ndesk = ", "line 2: this cannot be read: "},
		{"twice the same key", "at = \"08:30\"\nat = \"09:30\"\n", "line 2: this cannot be read: "},
		{"an unknown key", "# first\natt = \"08:30\"\n" + jo, `line 2: "att" is no setting here: nothing would come of it; what can be set is at, desk, `},
		{"an unknown list", jo + "[[people]]\nname = \"Al\"\n", `line 4: "people" is no setting here`},
		{"an unknown table", jo + "[sms]\nurl = \"a\"\n", `line 4: "sms" is no setting here`},
		{"an unknown table below another", jo + "[file]\n[file.more]\n", `line 5: "more" is no setting here`},
		{"an unknown key with dots", jo + "[file]\n\"p\".q = 1\n", `line 5: "p" is no setting here`},
		{"an unknown key of the second person", jo + "\n" + strings.Replace(jo, "Jo", "Al", 1) + "colour = 1\n", `line 8: "colour" is no setting here`},
		{"another kind of value in the first of two", jo + "digest = \"no\"\n" + strings.Replace(jo, "Jo", "Al", 1) + "digest = true\n", `line 4: digest is not true or false: it is the text "no"`},
		{"a number for a text", "at = 830\n", "line 1: at is not a text in quotes: it is the number 830"},
		{"a text for a number", mailed + mail + "port = \"25\"\n", `line 8: port is not a whole number: it is the text "25"`},
		{"a text for a list", "[[person]]\nname = \"Jo\"\nchannels = \"email\"\n", `line 3: channels is not a list of texts, such as ["email"]: it is the text "email"`},
		{"a list of numbers", "[[person]]\nname = \"Jo\"\nchannels = [1]\n", "line 3: channels is not a list of texts"},
		{"a table for a list", "[person]\nname = \"Jo\"\n", "line 1: person is not a list of tables, such as [[person]]: it is a table"},
		{"a list for a table", "[[email]]\nhost = \"a\"\n", "line 1: email is not a table, such as [email]"},
		{"an empty text", "desk = \" \"\n" + jo, "line 1: desk is empty"},
		{"a time that is none", "at = \"8.30\"\n" + jo, `line 1: alerts cannot go out at "8.30": write the time as 15:04`},
		{"a day that is none", "quiet = [\"2026-02-30\"]\n" + jo, `line 1: quiet is not a list of days: "2026-02-30" is not a day in the calendar; write days as 2026-12-24`},
		{"a day with a time", "quiet = [2026-02-03T10:00:00Z]\n" + jo, "line 1: quiet is not a list of days: it holds a day or a time"},

		{"nobody's name", "[[person]]\nchannels = [\"file\"]\n", "line 1: a person has no name"},
		{"no channels", "[[person]]\nname = \"Jo\"\n", `"Jo" has no channels`},
		{"empty channels", "[[person]]\nname = \"Jo\"\nchannels = []\n", `line 3: "Jo" has no channels`},
		{"an unknown channel", strings.Replace(jo, "file", "pigeon", 1), `line 3: "Jo" cannot be warned by pigeon: there is no such channel; there are email and file`},
		{"a channel twice", strings.Replace(jo, `"file"`, `"file", "file"`, 1), "line 1: Jo has the channel file twice"},
		{"a place as somebody's own", strings.Replace(jo, "file", "teams", 1), `line 3: "Jo" cannot be warned by teams: that is a place, and nobody's own; write urgent = ["teams"]`},
		{"email without an address", strings.Replace(jo, "file", "email", 1) + mail, `line 3: "Jo" cannot be warned by email: there is no address; write email`},
		{"email without a server", mailed, `line 4: "Jo" cannot be warned by email: there is no mail server; add the table [email]`},
		{"a server that nobody uses", jo + mail, "line 4: nobody is warned by email"},
		{"an address that is none", strings.Replace(mailed, "jo@", "jo at ", 1) + mail, `line 3: "jo at lmc.example" is no email address`},
		{"an address with a name", strings.Replace(mailed, "jo@lmc.example", "Jo <jo@lmc.example>", 1) + mail, `is no email address`},
		{"two of one name", jo + "\n" + jo, `line 6: "Jo" stands here twice: there is one on line 2 already`},
		{"two people and no desk", jo + strings.Replace(jo, "Jo", "Al", 1), `there is no desk: who is warned of cases that nobody has must be known; write desk = "Jo"`},
		{"a desk of no name", "desk = \"Al\"\n" + jo, `line 1: desk is "Al": no [[person]] has that name`},
		{"an officer of no name", "officer = \"Al\"\n" + jo, `line 1: officer is "Al": no [[person]] has that name`},
		{"a name with a line in it", strings.Replace(jo, `"Jo"`, `"Jo\nReed"`, 1), "line 1: \"Jo\\nReed\" is not the name of a person"},
		{"no digest and nothing urgent", jo + "digest = false\nrungs = [{ id = \"day\", days = 0 }]\n", "line 1: Jo has no digest"},

		{"urgent to nowhere", "urgent = [\"pager\"]\n" + jo, `line 1: what is urgent cannot go to "pager": that is no place for everybody`},
		{"urgent to a channel that is not set up", "urgent = [\"teams\"]\n" + jo, `line 1: what is urgent cannot go to "teams": it is not set up; add the table [teams]`},

		{"a ladder without rungs", "\n[[ladder]]\nclass = \"local\"\n", "line 2: a ladder has no rungs"},
		{"a ladder for a rule that is unknown", "[[ladder]]\nrule = \"foi\"\nrungs = [" + day + "]\n", "line 1: a ladder is for a rule that is unknown"},
		{"a ladder for a class that is unknown", "[[ladder]]\nclass = \"legal\"\nrungs = [" + day + "]\n", `line 1: a ladder is for the class "legal"`},
		{"two ladders for the same", "[[ladder]]\nrungs = [" + day + "]\n[[ladder]]\nrungs = [" + day + "]\n", "there are two ladders for all other deadlines"},
		{"a ladder out of order", "[[ladder]]\nrungs = [" + day + ", { id = \"b\", days = -1 }]\n", "line 2: the ladder for all other deadlines has the rung b out of order"},
		{"a rung without an ID", "[[ladder]]\nrungs = [\n  " + day + ",\n  { days = 2 },\n]\n", "line 4: a rung has no id"},
		{"a rung without days", "[[ladder]]\nrungs = [\n  # none\n  { id = \"a\" },\n]\n", "line 4: a rung has no days"},
		{"a rung with an unknown key", "[[ladder]]\nrungs = [\n  { id = \"a\", days = 0, loud = true },\n]\n", `line 3: "loud" is no setting here`},
		{"rungs that are none", "[[ladder]]\nrungs = [1]\n", "line 2: rungs is not a list of rungs"},

		{"no mail server's name", mailed + "[email]\nfrom = \"parley@lmc.example\"\n", "line 5: [email] has no host"},
		{"an address as a mail server", mailed + strings.Replace(mail, "mail.lmc.example", "smtp://mail", 1), `line 6: "smtp://mail" is no name of a mail server`},
		{"a sender that is none", mailed + strings.Replace(mail, "parley@", "", 1), `line 7: "lmc.example" is no email address`},
		{"a bad port", mailed + mail + "port = 70000\n", "line 8: there is no port 70000"},
		{"an unknown encryption", mailed + mail + "tls = \"ssl\"\n", `line 8: tls is "ssl": there is no such thing; write starttls or tls or none`},
		{"an unknown way in", mailed + mail + "auth = \"kerberos\"\n", `line 8: auth is "kerberos": there is no such thing`},
		{"a user without a secret", mailed + mail + "user = \"jo\"\n", "how to log in to the mail server: there is a user or a secret"},
		{"a secret without a user", mailed + mail + "password_file = \"secrets/mail-token\"\n", "how to log in to the mail server: there is no user"},
		{"two secrets", mailed + mail + "user = \"jo\"\npassword_file = \"secrets/mail-token\"\ntoken_file = \"secrets/mail-token\"\n", "there are both a password and a token"},
		{"a password without one", mailed + mail + "user = \"jo\"\nauth = \"password\"\n", "line 9: it is not clear how to log in to the mail server: auth is password; write password_file"},
		{"a secret that is not there", mailed + mail + "user = \"jo\"\npassword_file = \"gone\"\n", "gone cannot be used: there is no such file"},
		{"a secret that is a folder", mailed + mail + "user = \"jo\"\npassword_file = \"secrets\"\n", "it is not a file"},
		{"an empty secret", mailed + mail + "user = \"jo\"\npassword_file = \"empty\"\n", "it is empty"},
		{"a secret of two lines", mailed + mail + "user = \"jo\"\npassword_file = \"two\"\n", "it holds more than one line"},

		{"Teams without an address", "[teams]\n", "line 1: [teams] has no url_file"},
		{"Teams with another thing", "[teams]\nurl_file = \"secrets/mail-token\"\n", "line 2: the address in "},
		{"Teams without encryption", "[teams]\nurl_file = \"plain\"\n", "it would be sent without encryption"},
		{"a webhook without an address", "[webhook]\nsecret_file = \"secrets/webhook-secret\"\n", "line 1: [webhook] has no url"},
		{"a webhook without a secret", "[webhook]\nurl = \"https://hooks.lmc.example\"\n", "line 1: [webhook] has no secret_file"},
		{"a webhook without encryption", "[webhook]\nurl = \"http://hooks.lmc.example\"\nsecret_file = \"secrets/webhook-secret\"\n", "line 2: url is no address that can be used: it would be sent without encryption"},
		{"a webhook on a port that is none", "[webhook]\nurl = \"https://hooks.lmc.example:99999\"\nsecret_file = \"secrets/webhook-secret\"\n", "line 2: url is no address that can be used: "},
		{"a webhook with a password", "[webhook]\nurl = \"https://a:b@hooks.lmc.example\"\nsecret_file = \"secrets/webhook-secret\"\n", "it has a name or a password in it"},
		{"a public address that is none", "public_url = \"parley.lmc.example\"\n", "line 1: public_url is no address that can be used: it is not https://"},
		{"a public address of another kind", "public_url = \"ftp://parley.lmc.example\"\n", "it does not begin with https://"},
		{"a public address with a mark", "public_url = \"https://parley.lmc.example/#a\"\n", "it has a # in it"},
		{"a file without a name", "[file]\npath = \"\"\n", "line 2: path is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := secrets()
			files["empty"], files["two"], files["plain"] = "\n", "a\nb\n", "http://teams.example/hook?sig=topsecret"
			files[settings.AlertsFile] = c.source
			got, err := settings.ReadAlerts(folder(t, files), "jo")
			var invalid *settings.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("it was taken: %+v, %v", got, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
			if strings.Contains(err.Error(), "topsecret") {
				t.Errorf("a secret is told: %s", err)
			}
			for _, p := range invalid.Problems {
				if filepath.Base(p.File) != settings.AlertsFile || p.What == "" {
					t.Errorf("%+v", p)
				}
			}
		})
	}
}

func TestAllThatIsWrongIsSaidAtOnceByLine(t *testing.T) {
	source := "at = 1\n[[person]]\nname = \"Jo\"\nchannels = [\"pigeon\"]\n[file]\npaht = \"x\"\n"
	_, err := settings.ReadAlerts(folder(t, map[string]string{settings.AlertsFile: source}), "jo")
	var invalid *settings.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 3 {
		t.Fatalf("%v", err)
	}
	for i, line := range []int{1, 4, 6} {
		if invalid.Problems[i].Line != line {
			t.Errorf("problem %d is on line %d: %s", i, invalid.Problems[i].Line, invalid.Problems[i])
		}
	}
}

func TestASecretThatEverybodyMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not say in a file's mode who may read it")
	}
	files := secrets()
	files[settings.AlertsFile] = "[teams]\nurl_file = \"secrets/teams-url\"\n"
	dir := folder(t, files)
	path := filepath.Join(dir, "secrets", "teams-url")
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	_, err := settings.ReadAlerts(dir, "jo")
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "everybody on this machine may read it; chmod 600 "+path) {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil { // a group may: that is how services are given secrets
		t.Fatal(err)
	}
	if _, err := settings.ReadAlerts(dir, "jo"); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotBeReadAreNoDefaults(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, settings.AlertsFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.ReadAlerts(dir, "jo"); err == nil {
		t.Error("a folder was read as settings")
	}
}

func FuzzAlerts(f *testing.F) {
	f.Add(settings.Sample())
	f.Add("[[person]]\n\"na\\\"me\" = '''a\nb''' # c\n[a.\"b.c\"]\nd.e = [{f = [{g = 1}]}]\n")
	f.Add("at = \"\"\"\n\\\"\"\"\"\"\nquiet = []\r\n")
	f.Fuzz(func(t *testing.T, source string) {
		got, err := settings.ReadAlerts(folder(t, map[string]string{settings.AlertsFile: source}), "jo")
		var invalid *settings.InvalidError
		switch {
		case err == nil:
			if err := (alerting.Policy{AlertPolicySet: got.Policy}).Check(); err != nil {
				t.Errorf("a bad policy was taken: %v", err)
			}
		case !errors.As(err, &invalid):
			t.Errorf("%v", err)
		default:
			for _, p := range invalid.Problems {
				if p.Line < 0 || p.Line > strings.Count(source, "\n")+1 {
					t.Errorf("there is no line %d in\n%s", p.Line, source)
				}
			}
		}
	})
}

package main

import (
	"io"
	"time"

	"parley/adapters/ics"
	"parley/adapters/mail"
	"parley/adapters/outbox"
	"parley/adapters/settings"
	"parley/adapters/teams"
	"parley/adapters/webhook"
	"parley/domain/watch"
)

// channels returns the channels that the settings set up, by the names that the
// settings have for them. What is delivered to the file is shown on echo too,
// unless that is nil.
func channels(set settings.Alerts, echo io.Writer) (watch.Channels, error) {
	london, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	all := watch.Channels{"file": outbox.New(outbox.Config{Path: set.Outbox, Echo: echo, Zone: london})}
	if e := set.Email; e != nil {
		if all["email"], err = mail.New(mail.Config{
			Host: e.Host, Port: e.Port, Security: mail.Security(e.TLS), AllowPlain: e.AllowPlain, Auth: mail.Auth(e.Auth),
			User: e.User, SecretFile: e.SecretFile, From: e.From, Addresses: set.Addresses, Calendar: ics.Attachment,
		}); err != nil {
			return nil, err
		}
	}
	if t := set.Teams; t != nil {
		if all["teams"], err = webhook.New(webhook.Config{URLFile: t.URLFile, Body: teams.Card, Every: teams.Every}); err != nil {
			return nil, err
		}
	}
	if h := set.Webhook; h != nil {
		if all["webhook"], err = webhook.New(webhook.Config{URL: h.URL, SecretFile: h.SecretFile}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

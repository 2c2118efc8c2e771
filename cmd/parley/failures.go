package main

import (
	"io/fs"
	"syscall"

	"parley/adapters/backup"
	"parley/adapters/feed"
	"parley/adapters/mail"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/rpc"
	"parley/adapters/sched"
	"parley/adapters/settings"
	"parley/adapters/storedir"
	"parley/adapters/users"
	"parley/adapters/web"
	"parley/adapters/webhook"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/catalogue"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
)

// failure is how one kind of error is reported. {ref} in a hint stands for the
// case the command is about, {verb} for the command, {folder} for its flag with the
// folder of a new store.
type failure struct {
	is   error
	code string
	exit int
	hint string
}

// failures is looked through from the top: the first that an error is decides.
var failures = []failure{
	{errInterrupted, "interrupted", exitInterrupted, ""},
	{errClock, "clock", exitRefused, "unset PARLEY_CLOCK, or use a store made with: parley init --rehearsal"},
	{errBadClock, "clock", exitUsage, "write it as 2026-11-22T09:00:00Z"},
	{errOutput, "output", exitRefused, "see that there is room where the output goes"},
	{errPutBack, "damaged", exitRefused, "run: parley verify, which says whether the log that was put back is whole"},
	{errNoBetter, "damaged", exitRefused, "restore the newest backup, see first what it has: parley restore FILE --dry-run; without one see docs/operations.md"},
	{storedir.ErrEdited, "damaged", exitRefused, "if somebody changed it on purpose, take its line with the sum out; if not, restore the newest backup: parley restore FILE"},
	{errFound, "damaged", exitRefused, "restore the newest backup, which keeps what is there: parley restore FILE; without one see docs/operations.md"},
	{errUnfit, "unfit", exitRefused, "mend what the list above names"},
	{errDeclined, "declined", exitRefused, "answer yes, or give --yes"},
	{errFilter, "jq", exitUsage, "look at the whole answer with -o json; what the command itself does was done"},

	{errNoFolder, "no-folder", exitNotFound, "make the folder, or see that its disk is there, and run the command again"},
	{errPlainBackup, "not-encrypted", exitRefused, "say who may read it with --recipient, or give --plain"},
	{errInStore, "in-store", exitRefused, "name a folder on another disk with --to"},
	{errWithin, "within-a-store", exitRefused, "name a folder beside that store with --into"},
	{errOtherStore, "other-store", exitRefused, "name a new folder for it with --into"},
	{backup.ErrNotABackup, "not-a-backup", exitRefused, "give a file that parley backup has written"},
	{backup.ErrDamaged, "backup-damaged", exitRefused, "use another backup, and see first whether it is sound: parley restore FILE --dry-run"},
	{backup.ErrNeedsIdentity, "needs-identity", exitForbidden, "give the file with the age identity with --identity"},
	{backup.ErrWrongIdentity, "wrong-identity", exitForbidden, "give the file with the identity that belongs to its recipient with --identity"},
	{backup.ErrNotEmpty, "not-empty", exitRefused, "name a new folder with --into"},
	{backup.ErrNotRestored, "not-restored", exitRefused, "run the command again; the backup itself is as it was"},
	{backup.ErrExists, "backup-exists", exitRefused, "run the command again in a second, or name another file with --to"},
	{backup.ErrRecipients, "recipients", exitUsage, "give a recipient such as age1…, or the file that age-keygen has written; see {verb} --help"},
	{backup.ErrKeepsNothing, "usage", exitUsage, "write --keep last=7,daily=14,weekly=8,monthly=12, or some of it"},
	{backup.ErrNoneSound, "none-sound", exitRefused, "see what is wrong with each: parley restore FILE --dry-run"},

	{errOutside, "outside", exitRefused, "name its server with --context, or run one on it: parley serve --nats URL --creds FILE"},
	{errOwnLog, "own-log", exitRefused, "name the folder that was made for it: parley init --nats URL --creds FILE"},
	{errTwoPlaces, "usage", exitUsage, "give --store for a store on this machine, or --context for a server"},
	{errHere, "usage", exitUsage, "run it on the machine of that store, with --store in place of --context"},
	{errNotServed, "not-served", exitRefused, "stop that server first: it has the store open"},
	{errUnhealthy, "not-ready", exitRefused, "see what the server's log says"},

	{rpc.ErrForbidden, "not-permitted", exitForbidden, "connect with a key of your own: parley context list; the LMC's server gives one out with: parley user add NAME"},
	{rpc.ErrProtocol, "version", exitRefused, "install the same version of parley on both machines"},
	{rpc.ErrMalformed, "malformed", exitRefused, "install the same version of parley on both machines"},
	{rpc.ErrTooLarge, "too-large", exitRefused, "record it in smaller parts"},
	{rpc.ErrBroken, "failed", exitRefused, "see what the server's log says, and report it"},
	{rpc.ErrNothingSince, "nothing-since", exitNotFound, "begin earlier with --since, or check everything: parley verify"},
	{rpc.ErrMissed, "unreachable", exitUnreachable, "run the command again"},
	{settings.ErrNoContext, "no-context", exitNotFound, "see them all: parley context list"},
	{settings.ErrContextExists, "context-exists", exitRefused, "see it: parley context list"},
	{settings.ErrBadContext, "usage", exitUsage, "see {verb} --help"},
	{users.ErrKnown, "user-exists", exitRefused, "see who there is: parley user list"},
	{users.ErrUnknown, "no-user", exitNotFound, "see who there is: parley user list"},
	{users.ErrName, "usage", exitUsage, "see {verb} --help"},
	{users.ErrKey, "bad-key", exitForbidden, "give the file that parley user add has written"},
	{casework.ErrNoToken, "malformed", exitRefused, "install the same version of parley on both machines"},

	{web.ErrInUse, "port-in-use", exitRefused, "choose another with --http"},
	{web.ErrNotPermitted, "port", exitRefused, "choose one above 1023 with --http"},
	{web.ErrAddress, "usage", exitUsage, "write an address of this machine and a port, such as 127.0.0.1:8025"},
	{web.ErrCertificate, "certificate", exitRefused, "give the files of the certificate and of its key, both as PEM"},

	{storedir.ErrUnfinished, "unfinished", exitRefused, "run the same parley restore again; what it left there is cleared away"},
	{storedir.ErrStays, "stays", exitRefused, "restore into a new folder, and use that from then on: parley restore FILE --into DIR"},
	{storedir.ErrNoCopy, "no-copy", exitNotFound, "restore a backup: parley restore FILE"},
	{storedir.ErrNoStore, "no-store", exitNotFound, "make one: parley init --lmc NAME --code CODE, or name another with --store"},
	{storedir.ErrExists, "store-exists", exitRefused, "use it as it is, or name another folder with {folder}"},
	{storedir.ErrNotEmpty, "not-empty", exitRefused, "name an empty or a new folder with {folder}"},
	{events.ErrNewer, "newer", exitRefused, "install the newer version of parley on this machine"},
	{events.ErrDamaged, "damaged", exitRefused, "change nothing in the folder, and run: parley verify"},
	{feed.ErrHeld, "store-in-use", exitUnreachable, "try again when it has finished"},
	{feed.ErrUnreadable, "views-unreadable", exitRefused, "they can be rebuilt: run parley doctor"},
	{feed.ErrUnwritable, "disk-full", exitRefused, "make room or give back the right to write in the store's folder, then run: parley doctor"},
	{natslog.ErrNoSpace, "disk-full", exitRefused, "free some space, then run the command again"},
	{natslog.ErrTooLarge, "too-large", exitRefused, "record it in smaller parts"},
	{natslog.ErrOtherLMC, "other-log", exitRefused, "name the folder that was made for that LMC with --store, or give the address of this one's"},
	{natslog.ErrBegun, "log-exists", exitRefused, "nothing was changed; restore into a folder with --into, or on NATS servers without a log"},
	{natslog.ErrUnfilled, "unfinished", exitRefused, "have the stream ES deleted there by somebody who may, then run: parley restore FILE --nats URL"},
	{natslog.ErrNoLog, "no-log", exitNotFound, "begin it, once: parley init --lmc NAME --code CODE --nats URL --creds FILE"},
	{natslog.ErrAlone, "no-cluster", exitRefused, "leave --replicas out, or give the addresses of the cluster with --nats"},
	{natslog.ErrUnsafe, "unsafe", exitRefused, "run: parley doctor"},
	{natslog.ErrUnavailable, "unreachable", exitUnreachable, "run: parley doctor"},
	{natsd.ErrNeedsKey, "needs-key", exitForbidden, "give the file with its key with --key-file, or PARLEY_KEY_FILE"},
	{natsd.ErrWrongKey, "wrong-key", exitForbidden, "give the file with the key that the store was made with, with --key-file or PARLEY_KEY_FILE"},
	{natsd.ErrUnencrypted, "not-encrypted", exitRefused, "leave --key-file out, and PARLEY_KEY_FILE unset"},
	{natsd.ErrKeyFile, "bad-key", exitForbidden, "give the file that parley init --encrypt has written, which nobody else may read"},
	{natsd.ErrTaken, "port-in-use", exitRefused, "stop the other program, or choose another address with --listen"},
	{natsd.ErrAddress, "usage", exitUsage, "write an address of this machine and a port, such as 127.0.0.1:4222"},
	{natsd.ErrPlain, "no-tls", exitRefused, "give --tls-cert and --tls-key, or listen on 127.0.0.1"},
	{natsd.ErrTLS, "certificate", exitRefused, "give the files of the certificate and of its key, both as PEM"},
	{natsd.ErrNotPermitted, "not-permitted", exitForbidden, "connect with a key of your own: parley context list; the LMC's server gives one out with: parley user add NAME"},
	{natsd.ErrCredentials, "bad-key", exitForbidden, "give the file that parley user add has written, or one of NATS credentials"},
	{natsd.ErrNoJetStream, "unreachable", exitUnreachable, "switch JetStream on there, for this account too"},
	{natsd.ErrUnreachable, "unreachable", exitUnreachable, "check the address, and that the server is running: parley context list"},
	{natsd.ErrFull, "disk-full", exitRefused, "free some space, then run the command again"},
	{natsd.ErrStuck, "stuck", exitUnreachable, "a file there may be damaged: try parley restore --before-open; if that is no help set the folder jetstream/$G/streams/SCHED aside, of which alarms are made afresh, and run: parley verify"},
	{natsd.ErrFailed, "unreachable", exitUnreachable, "run: parley doctor"},

	{casework.ErrUncertain, "uncertain", exitUnreachable, "run the same command again with the same --command-id: it will not be recorded twice"},
	{rpc.ErrUnreachable, "unreachable", exitUnreachable, "see whether parley serve is running, and whether the address is right: parley context list"},
	{rpc.ErrLagging, "unreachable", exitUnreachable, "run the command again in a moment"},
	{rpc.ErrLate, "unreachable", exitUnreachable, "run the same command again in a moment, with the same --command-id if it records something"},
	{rpc.ErrBusy, "busy", exitUnreachable, "run the command again in a moment, and fewer at once"},
	{rpc.ErrStopping, "unreachable", exitUnreachable, "run the command again in a moment"},
	{rpc.ErrGarbled, "version", exitRefused, "install the same version of parley on both machines"},
	{casework.ErrConflict, "conflict", exitConflict, "look at what came between, then decide afresh: parley case show {ref}"},
	{casework.ErrUnsigned, "unsigned", exitUsage, "leave --command-id out, or give a UUID that is not all zeros"},
	{casework.ErrUndated, "command-id", exitUsage, "leave --command-id out, or make a UUID of version 7"},
	{casework.ErrReused, "command-id", exitRefused, "see what it recorded, or leave --command-id out for a new command"},
	{negotiation.ErrNotOpened, "unknown-case", exitNotFound, "parley case list --closed shows every case"},

	{directory.ErrMalformedCode, "malformed-code", exitUsage, "look it up: parley directory find TEXT"},
	{directory.ErrUnknownPractice, "unknown-practice", exitNotFound, "look it up: parley directory find TEXT, or bring the list up to date: parley directory import FILE"},
	{directory.ErrUnknownCommissioner, "unknown-icb", exitNotFound, "look it up: parley directory find TEXT"},
	{directory.ErrNotOpen, "practice-not-open", exitRefused, "see its dates: parley directory show CODE; or give the right day with --on"},
	{directory.ErrAbolished, "icb-abolished", exitRefused, "name a successor with --icb; a case that is open moves with: parley case transfer {ref} --icb CODE"},
	{directory.ErrNotYetEstablished, "icb-not-yet", exitRefused, "give a later day with --on, or name the body of that time"},
	{directory.ErrIncomplete, "missing", exitUsage, "see {verb} --help"},
	{directory.ErrExists, "icb-known", exitRefused, "see what is known: parley directory show CODE"},
	{directory.ErrFutureEdition, "future", exitRefused, "give the day of the list with --as-at"},
	{directory.ErrNoEdition, "missing", exitUsage, "give the day of the list with --as-at"},
	{directory.ErrBadListing, "bad-listing", exitRefused, "mend the list, and import it again"},
	{directory.ErrFutureMove, "future", exitRefused, "give the day it happened with --from"},
	{directory.ErrBackwards, "dates", exitRefused, "give the days in their order"},
	{directory.ErrOwnSuccessor, "dates", exitRefused, "name the bodies that took over"},
	{catalogue.ErrUnknownService, "unknown-service", exitNotFound, "parley service list shows them all"},

	{negotiation.ErrClosed, "closed", exitRefused, "to take it up again: parley case reopen {ref} --text REASON"},
	{negotiation.ErrNotClosed, "not-closed", exitRefused, "see it: parley case show {ref}"},
	{negotiation.ErrOpened, "opened", exitConflict, "see it: parley case show {ref}"},
	{negotiation.ErrFuture, "future", exitRefused, "give the day it happened with --on"},
	{negotiation.ErrTooEarly, "too-early", exitRefused, "check the days: parley case timeline {ref}"},
	{negotiation.ErrMissing, "missing", exitUsage, "see which flag to give: {verb} --help"},
	{negotiation.ErrInvalid, "invalid", exitRefused, "see what is allowed: {verb} --help"},
	{negotiation.ErrTooLong, "too-long", exitRefused, "shorten it, and give the document's reference with --document"},
	{negotiation.ErrPatientData, "patient-data", exitRefused, "take the number out; if it is something else, break it up with a word"},
	{negotiation.ErrNotParty, "not-party", exitRefused, "let it join first: parley practice join {ref} --practice CODE"},
	{negotiation.ErrOtherICB, "other-icb", exitRefused, "check the practice: parley directory show CODE; if that is wrong: parley directory move CODE --icb CODE --from DATE"},
	{negotiation.ErrNoGuidance, "no-guidance", exitRefused, "record the guidance first: parley notice advise {ref} --practice CODE --text TEXT"},
	{negotiation.ErrOtherNotice, "notice-running", exitRefused, "see that case; to serve in this one, first withdraw there: parley notice withdraw REF --practice CODE"},
	{negotiation.ErrNoticeRunning, "notice-running", exitRefused, "see it: parley case show {ref}; to end it: parley notice withdraw {ref} --practice CODE"},
	{negotiation.ErrNoNotice, "no-notice", exitRefused, "see the notices: parley case show {ref}"},
	{negotiation.ErrNoticeEnded, "notice-ended", exitRefused, "record that it took effect: parley notice effect {ref} --practice CODE"},
	{negotiation.ErrNotYetEnded, "notice-not-ended", exitRefused, "see when it ends: parley deadline list --ref {ref}"},
	{negotiation.ErrUnknownOffer, "unknown-offer", exitNotFound, "see the offers: parley case show {ref}"},
	{negotiation.ErrNotStanding, "not-standing", exitRefused, "see which offers stand: parley case show {ref}"},
	{negotiation.ErrLapsed, "lapsed", exitRefused, "ask for it again, and record the answer as a new offer: parley offer receive {ref}"},
	{negotiation.ErrAgreed, "agreed", exitRefused, "see the agreement: parley case show {ref}"},
	{negotiation.ErrNotAgreed, "not-agreed", exitRefused, "accept an offer first: parley offer accept {ref} --offer N"},
	{negotiation.ErrNotSigned, "not-signed", exitRefused, "record the signature first: parley agreement sign {ref}"},
	{negotiation.ErrUnknownNumber, "unknown-number", exitNotFound, "see the numbers: parley case show {ref}"},
	{negotiation.ErrSettled, "settled", exitRefused, "see what is recorded: parley case timeline {ref}"},
	{negotiation.ErrUnknownEvent, "unknown-event", exitNotFound, "see the events and their numbers: parley case timeline {ref}"},
	{negotiation.ErrCorrection, "correction", exitRefused, "see the events and what rests on them: parley case timeline {ref}"},

	{errChannel, "no-channel", exitNotFound, "set it up as parley alert settings shows, then: parley doctor"},
	{errNotYours, "not-permitted", exitForbidden, "let them ask for it themselves: parley alert calendar NAME"},
	{errUndelivered, "undelivered", exitRefused, "see why: parley alert list; they are tried again by themselves, and parley doctor looks at the channels"},
	{errNobody, "nobody", exitNotFound, "see who is named in alerts.toml in the store's folder"},
	{settings.ErrFeeds, "feeds", exitRefused, "see who may read feeds.json in the store's folder"},
	{settings.ErrFeedExists, "feed-exists", exitRefused, "see it: parley alert calendar NAME"},
	{settings.ErrNoFeed, "no-feed", exitNotFound, "give them one first: parley alert calendar NAME"},
	{alerting.ErrUnknownAlert, "unknown-alert", exitNotFound, "see the alerts and their IDs: parley alert list"},
	{alerting.ErrNoDeadline, "unknown-deadline", exitNotFound, "see the deadlines: parley deadline list --ref {ref}"},
	{alerting.ErrNotClaimed, "not-sent", exitRefused, "see what has gone out: parley alert list"},
	{alerting.ErrSuperseded, "superseded", exitRefused, "see which alert took its place: parley alert list"},
	{alerting.ErrSnooze, "snooze", exitRefused, "see when it is due: parley alert list"},
	{settings.ErrInvalid, "alert-settings", exitRefused, "mend these lines; a sample: parley alert settings"},
	{alerting.ErrPolicy, "alert-policy", exitRefused, "mend alerts.toml in the store's folder; a sample: parley alert settings"},
	{mail.ErrConfig, "alert-settings", exitRefused, "mend alerts.toml in the store's folder; a sample: parley alert settings"},
	{webhook.ErrConfig, "alert-settings", exitRefused, "mend alerts.toml in the store's folder; a sample: parley alert settings"},
	{watch.ErrTemporary, "channel-down", exitUnreachable, "see whether it is set up right: parley doctor; alerts are tried again by themselves"},
	{watch.ErrPermanent, "channel-refused", exitRefused, "mend alerts.toml in the store's folder, then: parley doctor"},
	{watch.ErrUncertain, "uncertain", exitUnreachable, "look whether it arrived"},
	{sched.ErrUnavailable, "unreachable", exitUnreachable, "run: parley doctor"},
	{sched.ErrUnsafe, "unsafe", exitRefused, "delete what it names, which holds nothing that is not made afresh, and start the server again"},

	{deadline.ErrUnknownRule, "unknown-rule", exitNotFound, "see them all: parley rule list"},
	{deadline.ErrNoClock, "no-clock", exitRefused, "set the date that was agreed, or a period: parley deadline add {ref}"},
	{deadline.ErrParameter, "parameter", exitUsage, "see what the rule leaves to the case: parley rule show RULE; and the flags: {verb} --help"},
	{deadline.ErrUncountable, "uncountable", exitUsage, "write a period such as 20wd, 28d, 12w, 3m or 24h; see {verb} --help"},
	{deadline.ErrPause, "pause", exitRefused, "check the days; what a deadline has been through: parley deadline explain {ref} {id}"},
	{deadline.ErrExtension, "extension", exitRefused, "see how its date came about: parley deadline explain {ref} {id}"},
	{deadline.ErrEnded, "ended", exitRefused, "see what became of it: parley case timeline {ref}; what was recorded wrongly is taken back with: parley case correct {ref}"},

	{holidays.ErrOlderEdition, "older-list", exitRefused, "see what is known: parley calendar show; and get the present list from GOV.UK"},
	{holidays.ErrFutureEdition, "future", exitRefused, "give the day of the list with --published"},
	{holidays.ErrNoEdition, "missing", exitUsage, "give the day of the list with --published"},
	{holidays.ErrNoSource, "missing", exitUsage, "see {verb} --help"},
	{calendar.ErrHolidays, "bad-holidays", exitRefused, "get the list afresh from www.gov.uk/bank-holidays.json"},

	{syscall.ENOSPC, "disk-full", exitRefused, "free some space, then run the command again"},
	{fs.ErrNotExist, "no-file", exitNotFound, "check the path"},
	{syscall.ENOTDIR, "no-folder", exitNotFound, "check the path: there is a file in it where a folder should be"},
	{syscall.EROFS, "read-only", exitForbidden, "mount the disk so that it can be written, or work on a copy of the store elsewhere"},
	{fs.ErrPermission, "not-permitted", exitForbidden, "ask for the right to read and write there, or name another place"},
}

// travelling returns what both ends of a connection know of errors: the table,
// and the types that describe tells apart and that come from a server.
func travelling() rpc.Errors {
	known := rpc.Errors{Types: []rpc.ErrorType{
		rpc.TypeOf[*storedir.HeldError]("store-held"), rpc.TypeOf[*storedir.FullError]("disk-full"),
	}}
	for _, f := range failures {
		known.Known = append(known.Known, f.is)
	}
	return known
}

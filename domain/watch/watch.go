package watch

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/events"
)

// Actor is who records claims and outcomes.
const Actor = "parley"

// How long things take at most.
const (
	// sendTime is how long a channel is given for one delivery, unless Config says.
	sendTime = time.Minute

	// queueTime is how long a claimed delivery waits for its channel. After that
	// it is not begun any more, but tried again later.
	queueTime = time.Minute

	// slack is for what else happens between a claim and its outcome, and for the
	// clocks of two servers that differ.
	slack = 30 * time.Second

	// atOnce is how many deliveries a channel is given at once.
	atOnce = 16

	// inHand is of how many cases alerts are claimed and not delivered yet. Of
	// these a crash leaves it uncertain whether they arrived, though most were not
	// begun: what waits for its turn is better not claimed.
	inHand = 64

	// outcomes is how many outcomes are recorded at once. It is few, so that where
	// many alerts are due their claims come first.
	outcomes = 8
)

// ErrNoPolicy says that nothing says who is to be warned.
var ErrNoPolicy = errors.New("no alert policy has been recorded, so that nobody would be warned")

// Config says what New needs.
type Config struct {
	Log      Log
	Book     Book
	Alarms   Alarms // nil where nobody waits for alarms, and there are only sweeps
	Channels Channels

	Clock     func() time.Time // tells the store's time
	Worker    string           // which run of which server this is: no other has it
	Rehearsal bool             // the store is for training, and messages say so

	SendTime time.Duration // for one delivery; 0 is a minute

	// Done is told of everything that was done, as it is; Trouble of what could
	// not be done now and is tried again. They are called from many goroutines and
	// must return soon. Either may be nil.
	Done    func(Deed)
	Trouble func(error)
}

// Watch sees to alerts. It may be used from many goroutines.
type Watch struct {
	Config
	clerk  *casework.Clerk[alerting.State]
	policy *casework.Clerk[alerting.Policy]

	refresher refresher
	alarms    mirror
	tally     tally
	cases     locks
	mornings  sync.Mutex // held while digests are made

	mu      sync.Mutex
	own     map[string]map[string]alerting.State // by case: what this run recorded, and the book may not know yet
	sending map[string]int                       // deliveries that are under way, by alert
	slots   map[string]chan struct{}             // by channel; it does not change
	writing chan struct{}                        // holds something for each outcome that is being recorded
	unsure  map[string]uuid.UUID                 // by alert: the command of a claim that may have been stored
	room    chan struct{}                        // holds something for each case of which alerts are in hand
	sends   sync.WaitGroup
}

// New returns a Watch over these ports.
func New(c Config) *Watch {
	if c.SendTime == 0 {
		c.SendTime = sendTime
	}
	w := &Watch{
		Config: c,
		clerk:  casework.NewClerk(c.Log, c.Clock, fold, evolve),
		policy: casework.NewClerk(c.Log, c.Clock, foldPolicy, evolvePolicy),
		own:    map[string]map[string]alerting.State{}, sending: map[string]int{}, slots: map[string]chan struct{}{}, writing: make(chan struct{}, outcomes),
		unsure: map[string]uuid.UUID{}, room: make(chan struct{}, inHand),
	}
	w.alarms.port = c.Alarms
	w.refresher.load = w.look
	for name := range c.Channels {
		w.slots[name] = make(chan struct{}, atOnce)
	}
	return w
}

func fold(h events.History) alerting.State {
	var s alerting.State
	for _, r := range h.Effective() {
		s = evolve(s, r)
	}
	return s
}

func evolve(s alerting.State, r events.Recorded) alerting.State { return alerting.Evolve(s, r) }

// refOf returns of which case the alert with this ID is; "" if it is a digest.
func refOf(id string) string {
	name, _ := alerting.ParseID(id) // what does not read is of no case either
	return name.Ref
}

// carryOut records what cmd makes of an alert of which s is known, and returns
// what is known of it then, also after a refusal.
func (w *Watch) carryOut(ctx context.Context, s alerting.State, id string, cmd alerting.Command) (casework.Outcome, alerting.State, error) {
	return w.carryOutAs(ctx, uuid.Nil, s, id, cmd)
}

// carryOutAs is carryOut with a command that may have been carried out already;
// with a new one for the zero UUID. If it is not known whether it was, the command
// is kept.
func (w *Watch) carryOutAs(ctx context.Context, command uuid.UUID, s alerting.State, id string, cmd alerting.Command) (casework.Outcome, alerting.State, error) {
	if command == uuid.Nil {
		var err error
		if command, err = uuid.NewV7(); err != nil {
			return casework.Outcome{}, s, err
		}
	}
	how := casework.Request{Command: command, Actor: Actor}
	out, s, err := w.decide(ctx, s, id, how, func(s alerting.State) ([]events.Fact, error) {
		return alerting.Decide(s, cmd, deadline.InLondon(w.Clock()).Date)
	})
	if errors.Is(err, casework.ErrUncertain) && claiming(cmd) {
		w.doubt(id, command)
	}
	return out, s, err
}

// claiming reports whether a command claims an alert or digest.
func claiming(cmd alerting.Command) bool {
	switch cmd.(type) {
	case alerting.Claim, alerting.ClaimDigest, alerting.Retry, alerting.Redirect:
		return true
	}
	return false
}

func (w *Watch) decide(ctx context.Context, s alerting.State, id string, how casework.Request, rule func(alerting.State) ([]events.Fact, error)) (casework.Outcome, alerting.State, error) {
	out, known, err := w.clerk.CarryOut(ctx, events.Alert(id), casework.Known[alerting.State]{Head: s.Head, State: s}, how, rule)
	known.State.Head = known.Head
	w.keep(refOf(id), known.State)
	return out, known.State, err
}

// keep remembers what is known of an alert of a case, or a digest for "", until
// the book knows it.
func (w *Watch) keep(ref string, s alerting.State) {
	if s.ID == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.own[ref] == nil {
		w.own[ref] = map[string]alerting.State{}
	}
	if s.Head.Version > w.own[ref][s.ID].Head.Version {
		w.own[ref][s.ID] = s
	}
}

// recorded returns what has been recorded of the alerts of a case, or of the
// digests for "": as the book has it, or as this run knows since it recorded it.
func (w *Watch) recorded(ctx context.Context, ref string) (map[string]alerting.State, error) {
	known, err := w.Book.Alerts(ctx, ref)
	if err != nil {
		return nil, err
	}
	all := make(map[string]alerting.State, len(known))
	maps.Copy(all, known)
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, s := range w.own[ref] {
		switch {
		case s.Head.Version > all[id].Head.Version:
			all[id] = s
		case w.sending[id] == 0:
			delete(w.own[ref], id)
		}
	}
	if len(w.own[ref]) == 0 {
		delete(w.own, ref)
	}
	return all, nil
}

// trouble tells of what could not be done.
func (w *Watch) trouble(err error) {
	if err != nil && w.Trouble != nil && !errors.Is(err, context.Canceled) {
		w.Trouble(err)
	}
}

// Wait waits for the deliveries that are under way, and for what comes of them
// to be recorded.
func (w *Watch) Wait() { w.sends.Wait() }

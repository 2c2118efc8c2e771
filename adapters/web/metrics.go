package web

import (
	"log"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Outcome is what became of a command or of an alert.
type Outcome string

// The outcomes of commands.
const (
	Recorded Outcome = "recorded" // or it was so already
	Refused  Outcome = "refused"  // by a rule
	Conflict Outcome = "conflict" // the case had moved on
	Failed   Outcome = "failed"   // of commands and alerts
)

// The outcomes of alerts, beside Failed.
const (
	Sent      Outcome = "sent"
	Uncertain Outcome = "uncertain"
)

// Build says which Parley runs.
type Build struct {
	Version string
	Commit  string
	Go      string
}

// Metrics is what Parley counts and measures while it runs, for Prometheus. Its
// methods may be called from anywhere at any time. Nothing in it names a case or
// a person.
type Metrics struct {
	registry *prometheus.Registry
	commands *prometheus.CounterVec
	seconds  prometheus.Histogram
	position prometheus.Gauge
	lag      *prometheus.GaugeVec
	alerts   *prometheus.CounterVec
	alarms   prometheus.Gauge
	overdue  prometheus.Gauge
	active   prometheus.Gauge
}

// NewMetrics returns metrics of which nothing has been counted yet. Counters of
// alerts begin at 0 for these channels.
func NewMetrics(b Build, channels ...string) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_commands_total", Help: "Commands that were handled, by outcome."}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_command_seconds", Help: "How long commands took, from being received to their answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		position: gauge("parley_log_position", "Position of the last commit in the log that this server knows of."),
		lag:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "parley_view_lag_commits", Help: "Commits in the log that a view has not taken in."}, []string{"view"}),
		alerts:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_alerts_total", Help: "Deliveries of alerts by this server, by channel and outcome."}, []string{"channel", "outcome"}),
		alarms:   gauge("parley_alarms", "Alarms that are set."),
		overdue:  gauge("parley_deadlines_overdue", "Deadlines that have passed and are still to be kept; NaN until a server that has started has counted them."),
		active:   gauge("parley_active", "1 if this server is the one that sends alerts, otherwise 0."),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "parley_build_info", Help: "Which Parley runs; always 1."}, []string{"version", "commit", "go"})
	build.WithLabelValues(b.Version, b.Commit, b.Go).Set(1)
	m.overdue.Set(math.NaN())
	m.registry.MustRegister(m.commands, m.seconds, m.position, m.lag, m.alerts, m.alarms, m.overdue, m.active, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, o := range []Outcome{Recorded, Refused, Conflict, Failed} {
		m.commands.WithLabelValues(string(o))
	}
	for _, channel := range channels {
		for _, o := range []Outcome{Sent, Failed, Uncertain} {
			m.alerts.WithLabelValues(channel, string(o))
		}
	}
	return m
}

// Command counts a command that was handled, and how long that took.
func (m *Metrics) Command(o Outcome, took time.Duration) {
	m.commands.WithLabelValues(string(o)).Inc()
	m.seconds.Observe(took.Seconds())
}

// LogPosition says how far the log goes.
func (m *Metrics) LogPosition(position uint64) { m.position.Set(float64(position)) }

// ViewLag says how many commits a view is behind the log.
func (m *Metrics) ViewLag(view string, commits uint64) {
	m.lag.WithLabelValues(view).Set(float64(commits))
}

// Alert counts a delivery.
func (m *Metrics) Alert(channel string, o Outcome) {
	m.alerts.WithLabelValues(channel, string(o)).Inc()
}

// Alarms says how many alarms are set.
func (m *Metrics) Alarms(n int) { m.alarms.Set(float64(n)) }

// Overdue says how many deadlines are overdue.
func (m *Metrics) Overdue(n int) { m.overdue.Set(float64(n)) }

// Active says whether this server is the one that sends alerts.
func (m *Metrics) Active(is bool) {
	if is {
		m.active.Set(1)
	} else {
		m.active.Set(0)
	}
}

// handler answers Prometheus.
func (m *Metrics) handler(errors *log.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, ErrorLog: errors, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: answerWithin / 2,
	})
}

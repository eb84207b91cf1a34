package model

import (
	"fmt"
	"strings"
)

// Keys of what values make several of: the names of their objects are the service's with one of them.
const (
	MigrationKey = "migrate"
	CronJobKey   = "tick"
	ClaimKey     = "data"
	SettingsKey  = "settings"
	WidgetKey    = "widget"
)

// Replicas that the values want.
const Replicas = 2

// Service is what a team wants to be live. What the API server never takes back only grows.
type Service struct {
	// Claim in Gi, 0 for none.
	Claim int
	// Renamed is how often.
	Renamed int
	// Config is the content of the configuration.
	Config int

	// Frozen: a ConfigMap is immutable.
	Frozen bool

	NodePort, CronJob, Migration, Widget bool
	// RightLost: no cron job can be turned on any more. KindGone: no widget.
	RightLost, KindGone bool
}

// Name of the service's objects.
func (s Service) Name() string {
	if s.Renamed == 0 {
		return Name
	}
	return fmt.Sprintf("%s-renamed-%d", Name, s.Renamed)
}

// String is for people.
func (s Service) String() string {
	words := []string{s.Name()}
	if s.Claim > 0 {
		words = append(words, fmt.Sprintf("a claim of %d Gi", s.Claim))
	}
	for _, feature := range []struct {
		name string
		on   bool
	}{
		{"an immutable ConfigMap", s.Frozen}, {"a node port", s.NodePort}, {"a cron job", s.CronJob}, {"a migration", s.Migration}, {"a widget", s.Widget},
	} {
		if feature.on {
			words = append(words, feature.name)
		}
	}
	return strings.Join(words, " with ")
}

// After is what is wanted after a step: what it was to bring stays wanted, also where the deploy fails.
func (s Service) After(step Step) Service {
	switch step.Change {
	case Config:
		s.Config++
	case Grow:
		s.Claim++
	case Freeze:
		s.Frozen = true
	case NodePort:
		s.NodePort = !s.NodePort
	case Rename:
		s.Renamed++
	case CronJob:
		s.CronJob = !s.CronJob && !s.RightLost
	case Migration:
		s.Migration = !s.Migration
	case Widget:
		s.Widget = !s.Widget && !s.KindGone
	}
	switch step.Kind {
	case RightLost:
		s.CronJob, s.RightLost = false, true
	case KindGone:
		s.Widget, s.KindGone = false, true
	}
	return s
}

// Refuses says whether a fault makes a deploy of the service fail: what can be changed may get new content.
func (s Service) Refuses(fault Fault) bool {
	return fault != NoFault && (fault != Immutable || s.Frozen)
}

// Uses says whether a plan's service ever has what one of the changes turns on.
func (p Plan) Uses(change Change) bool {
	s := p.Wanted
	on := func() bool {
		return change == Widget && s.Widget || change == CronJob && s.CronJob || change == Grow && s.Claim > 0
	}
	found := on()
	for _, step := range p.Steps {
		s = s.After(step)
		found = found || on()
	}
	return found
}

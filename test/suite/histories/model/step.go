// Package model draws histories of a service: what people, machines and networks do to it, step by step. It runs nothing:
// that is for package histories. The same seed makes the same plan.
package model

import (
	"fmt"
	"strings"
)

// Kind of a step.
type Kind string

// Kinds of steps. Deploy and all that follow it with a Deploy of their own go through `slipway rollout`.
const (
	Deploy         Kind = "deploy"
	TwoAtOnce      Kind = "two deploys at once"
	Sleep          Kind = "a deploy falls asleep, another one deploys, the first wakes"
	Autoscaler     Kind = "an autoscaler that the values do not know scales to 4, a deploy, the autoscaler goes"
	RightLost      Kind = "cron jobs turned off, then the deployer's right to them"
	KindGone       Kind = "widgets turned off, then their definition removed"
	PlainUpgrade   Kind = "plain helm upgrade"
	PlainRollback  Kind = "plain helm rollback"
	PlainUninstall Kind = "plain helm uninstall"
	ByHand         Kind = "by hand"
)

// Kinds are all of them.
var Kinds = []Kind{Deploy, TwoAtOnce, Sleep, Autoscaler, RightLost, KindGone, PlainUpgrade, PlainRollback, PlainUninstall, ByHand}

// Change of what the team wants: it stays wanted, whatever becomes of the deploy that brings it.
type Change string

// Changes. Some can never be taken back on the API server.
const (
	NoChange  Change = ""
	Config    Change = "config changes"
	Grow      Change = "claim grows"
	Freeze    Change = "ConfigMap becomes immutable"
	NodePort  Change = "Service type changes"
	Rename    Change = "name and selector change"
	CronJob   Change = "cron job on or off"
	Migration Change = "migration on or off"
	Widget    Change = "widget on or off"
)

// Changes are all of them, but for none.
var Changes = []Change{Config, Grow, Freeze, NodePort, Rename, CronJob, Migration, Widget}

// Fault of a deploy that must fail. It is gone with the next deploy.
type Fault string

// Faults.
const (
	NoFault   Fault = ""
	Image     Fault = "bad image"
	BadConfig Fault = "bad config" // pods that never get ready, with a file and a variable that no good revision has
	Hook      Fault = "failing hook"
	Schema    Fault = "schema mistake"
	Mistake   Fault = "mistake that the chart refuses"
	Immutable Fault = "new content for an immutable ConfigMap"
)

// Faults are all of them, but for none.
var Faults = []Fault{Image, BadConfig, Hook, Schema, Mistake, Immutable}

// Moment of a deploy at which something happens. It is told by what the API server is asked, not by a clock.
type Moment struct {
	// Pods: when the new pods are ready, or wait for their image.
	Pods bool
	// Writes: what is counted are writes, to anything but a Lease; else all requests.
	Writes bool
	// Number of the request, from 1.
	Number int
	// Answered: it happens when the request has been carried out and before the answer; else the request is lost.
	Answered bool
}

// String is for people.
func (m Moment) String() string {
	if m.Pods {
		return "when its pods are there"
	}
	what, when := "request", "before"
	if m.Writes {
		what = "write"
	}
	if m.Answered {
		when = "after"
	}
	return fmt.Sprintf("%s %s %d", when, what, m.Number)
}

// Whom a signal is sent to.
type Whom string

// Whom.
const (
	Slipway Whom = "slipway"
	Helm    Whom = "helm"
	Both    Whom = "slipway and helm"
)

// Cut is a deploy's end by a signal.
type Cut struct {
	// Kill is SIGKILL, else SIGTERM.
	Kill bool
	// ThenKill is SIGKILL a second after SIGTERM, as a runner does it to a job that was cancelled.
	ThenKill bool
	Whom     Whom
	At       Moment
}

// String is for people.
func (c Cut) String() string {
	what := signal(c.Kill)
	if c.ThenKill {
		what += ", then SIGKILL,"
	}
	return fmt.Sprintf("%s to %s %s", what, c.Whom, c.At)
}

// Ill is what is wrong between a deploy and the API server.
type Ill string

// Ills.
const (
	Forbidden       Ill = "answers 403"
	TooManyRequests Ill = "answers 429"
	ServerError     Ill = "answers 500"
	Unavailable     Ill = "answers 503"
	Refuses         Ill = "refuses connections"
	Resets          Ill = "resets connections"
	Delays          Ill = "answers a second late"
	Away            Ill = "does not answer"
)

// Ills are all of them.
var Ills = []Ill{Forbidden, TooManyRequests, ServerError, Unavailable, Refuses, Resets, Delays, Away}

// Scope of a trouble.
type Scope string

// Scopes.
const (
	Everything Scope = "everything"
	Writes     Scope = "writes"
	Records    Scope = "Helm's records"
	Leases     Scope = "the Lease"
)

// Scopes are all of them.
var Scopes = []Scope{Everything, Writes, Records, Leases}

// Trouble between a deploy and the API server.
type Trouble struct {
	Ill   Ill
	Scope Scope
	// From this request on, for so many milliseconds.
	From   Moment
	Millis int
}

// String is for people.
func (t Trouble) String() string {
	return fmt.Sprintf("the API server %s to %s for %d ms from %s on", t.Ill, t.Scope, t.Millis, strings.TrimPrefix(strings.TrimPrefix(t.From.String(), "before "), "after "))
}

// Hand is what somebody does with kubectl.
type Hand string

// Hands.
const (
	Scale            Hand = "kubectl scale"
	SetImage         Hand = "kubectl set image"
	EditConfig       Hand = "kubectl patch configmap"
	EditVariable     Hand = "kubectl set env"
	EditService      Hand = "kubectl patch service"
	DeletePod        Hand = "kubectl delete pod"
	DeleteConfig     Hand = "kubectl delete configmap"
	DeleteService    Hand = "kubectl delete service"
	DeleteDeployment Hand = "kubectl delete deployment"
)

// Hands are all of them.
var Hands = []Hand{Scale, SetImage, EditConfig, EditVariable, EditService, DeletePod, DeleteConfig, DeleteService, DeleteDeployment}

// Step of a history.
type Step struct {
	Kind Kind
	// Change, Fault, Cut and Trouble are of steps that deploy.
	Change  Change
	Fault   Fault
	Cut     *Cut
	Trouble *Trouble
	// At is when a deploy falls asleep.
	At Moment
	// Hand is what is done by hand; Replicas how many pods it wants.
	Hand     Hand
	Replicas int
}

// Undisturbed says whether nothing but the values decides what becomes of the deploy.
func (s Step) Undisturbed() bool { return s.Cut == nil && s.Trouble == nil }

// String is a line for people.
func (s Step) String() string {
	words := []string{string(s.Kind)}
	switch s.Kind {
	case ByHand:
		words = append(words, string(s.Hand))
		if s.Hand == Scale {
			words = append(words, fmt.Sprintf("to %d", s.Replicas))
		}
	case Sleep:
		words = append(words, s.At.String())
	}
	for _, word := range []string{string(s.Change), string(s.Fault)} {
		if word != "" {
			words = append(words, word)
		}
	}
	if s.Cut != nil {
		words = append(words, s.Cut.String())
	}
	if s.Trouble != nil {
		words = append(words, s.Trouble.String())
	}
	return strings.Join(words, "; ")
}

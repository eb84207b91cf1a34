package model

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	fewestSteps = 5
	mostSteps   = 15
)

// Plan of a history. It can be played without some of its steps: each says what changes, not what there is.
type Plan struct {
	Seed uint64
	// Helm's major version.
	Helm int
	// Wanted by the team when it begins.
	Wanted Service
	// Neighbour is what a second service in the namespace is called: a suffix of the service's own name, or a part of it.
	Neighbour string
	Steps     []Step
}

// Name of the service in each history, which has a namespace of its own.
const Name = "orders"

// Neighbours are the nastiest names that a second service can have: those of what is made beside the service's Deployment,
// and those that begin as its name does, or that its name begins with.
var Neighbours = []string{Name + "-" + MigrationKey, Name + "-" + ClaimKey, Name + "-" + CronJobKey, Name + "-two", Name + "s", Name[:len(Name)-1]}

// String is the seed and a line for each step.
func (p Plan) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "seed %d, helm %d, %s beside %s\n", p.Seed, p.Helm, p.Wanted, p.Neighbour)
	for i, step := range p.Steps {
		fmt.Fprintf(&out, "%3d. %s\n", i+1, step)
	}
	return out.String()
}

// Draw draws the plan of a seed.
func Draw(seed uint64) Plan {
	d := drawer{rand.New(rand.NewPCG(seed, 0))}
	p := Plan{Seed: seed, Helm: 3 + d.IntN(2), Neighbour: Neighbours[d.IntN(len(Neighbours))], Wanted: d.service()}
	p.Steps = append(p.Steps, d.first())
	for n := fewestSteps + d.IntN(mostSteps-fewestSteps+1); len(p.Steps) < n; {
		p.Steps = append(p.Steps, d.step())
	}
	return p
}

// drawer draws what a plan is made of.
type drawer struct{ *rand.Rand }

// chance is true in so many percent.
func (d drawer) chance(percent int) bool { return d.IntN(100) < percent }

// one of several.
func one[T any](d drawer, of []T) T { return of[d.IntN(len(of))] }

func (d drawer) service() Service {
	return Service{Claim: d.IntN(2), CronJob: d.chance(40), Migration: d.chance(40), Widget: d.chance(15)}
}

// first is the first install: in the half of the cases it goes well, else it is often cut off.
func (d drawer) first() Step {
	switch s := (Step{Kind: Deploy}); {
	case d.chance(50):
		return s
	case d.chance(60):
		s.Cut = d.cut()
		return s
	default:
		return d.step()
	}
}

// weights say how often a kind is drawn.
var weights = []struct {
	kind   Kind
	weight int
}{
	{Deploy, 52}, {TwoAtOnce, 4}, {Sleep, 6}, {Autoscaler, 4}, {RightLost, 4}, {KindGone, 2},
	{PlainUpgrade, 6}, {PlainRollback, 5}, {PlainUninstall, 3}, {ByHand, 14},
}

func (d drawer) kind() Kind {
	sum := 0
	for _, w := range weights {
		sum += w.weight
	}
	n := d.IntN(sum)
	for _, w := range weights {
		if n -= w.weight; n < 0 {
			return w.kind
		}
	}
	panic("unreachable")
}

func (d drawer) step() Step {
	s := Step{Kind: d.kind()}
	switch s.Kind {
	case Deploy:
		s.Change, s.Fault = d.change(), d.fault()
		if d.chance(30) {
			s.Cut = d.cut()
		}
		if d.chance(20) {
			s.Trouble = d.trouble()
		}
	case Sleep:
		s.Change, s.At = d.change(), d.moment()
		if d.chance(50) {
			s.Fault = Image
		}
	case TwoAtOnce, PlainUpgrade:
		s.Change = d.change()
	case ByHand:
		s.Hand = one(d, Hands)
		if s.Hand == Scale {
			s.Replicas = one(d, []int{0, 1, 3, 4})
		}
	}
	return s
}

func (d drawer) change() Change {
	if d.chance(45) {
		return NoChange
	}
	change := one(d, Changes)
	if change == Rename && d.chance(60) { // it ends all pods, after which less can be seen
		return Grow
	}
	return change
}

func (d drawer) fault() Fault {
	if d.chance(45) {
		return NoFault
	}
	return one(d, append([]Fault{Image, BadConfig}, Faults...))
}

func (d drawer) moment() Moment {
	switch {
	case d.chance(35):
		return Moment{Pods: true}
	case d.chance(60):
		return Moment{Writes: true, Number: 1 + d.IntN(14), Answered: d.chance(50)}
	default:
		return Moment{Number: 1 + d.IntN(80), Answered: d.chance(50)}
	}
}

func (d drawer) cut() *Cut {
	c := &Cut{Kill: d.chance(55), Whom: one(d, []Whom{Slipway, Slipway, Helm, Both}), At: d.moment()}
	c.ThenKill = !c.Kill && d.chance(30)
	return c
}

func (d drawer) trouble() *Trouble {
	t := &Trouble{Ill: one(d, Ills), Scope: one(d, append([]Scope{Everything, Everything}, Scopes...)), Millis: 200 + d.IntN(4800), From: d.moment()}
	if t.From.Pods {
		t.From = Moment{Writes: true, Number: 1 + d.IntN(10)}
	}
	t.From.Answered = false
	return t
}

package model

import (
	"fmt"
	"slices"
)

// Drawn counts what plans are made of.
type Drawn map[string]int

// Add counts a plan.
func (d Drawn) Add(p Plan) {
	d[fmt.Sprintf("helm %d", p.Helm)]++
	d["beside "+p.Neighbour]++
	for _, step := range p.Steps {
		d[string(step.Kind)]++
		d[string(step.Change)]++
		d[string(step.Fault)]++
		d[string(step.Hand)]++
		if step.Cut != nil {
			d[signal(step.Cut.Kill)+" to "+string(step.Cut.Whom)]++
		}
		if step.Trouble != nil {
			d["the API server "+string(step.Trouble.Ill)]++
		}
	}
}

// Missing names what of all that there is was not drawn.
func (d Drawn) Missing() []string {
	all := []string{"helm 3", "helm 4"}
	for _, name := range Neighbours {
		all = append(all, "beside "+name)
	}
	all = append(all, texts(Kinds)...)
	all = append(all, texts(Changes)...)
	all = append(all, texts(Faults)...)
	all = append(all, texts(Hands)...)
	for _, whom := range []Whom{Slipway, Helm, Both} {
		all = append(all, signal(true)+" to "+string(whom), signal(false)+" to "+string(whom))
	}
	for _, ill := range Ills {
		all = append(all, "the API server "+string(ill))
	}
	return slices.DeleteFunc(all, func(what string) bool { return d[what] > 0 })
}

func texts[T ~string](of []T) (all []string) {
	for _, one := range of {
		all = append(all, string(one))
	}
	return all
}

func signal(kill bool) string {
	if kill {
		return "SIGKILL"
	}
	return "SIGTERM"
}

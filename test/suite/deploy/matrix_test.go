package deploy

import "gitlab.example.com/platform/slipway/test/suite/helmcli"

type program = helmcli.Program

var helm3, helm4 = helmcli.Helm3, helmcli.Helm4

// perHelm is a value that may differ between the Helms.
type perHelm[T any] struct{ helm3, helm4 T }

// both is a value that the Helms share.
func both[T any](value T) perHelm[T] { return perHelm[T]{helm3: value, helm4: value} }

func (v perHelm[T]) of(p *program) T {
	if p == helm3 {
		return v.helm3
	}
	return v.helm4
}

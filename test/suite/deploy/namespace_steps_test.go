package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// What cases are made of.

// flagState is the value of namespace.create in a step.
type flagState int

const (
	off flagState = iota
	on
	given // as the setting says
)

func (s *scene) flagOf(state flagState) bool {
	if state == given {
		return s.flag
	}
	return state == on
}

// deploy is `helm upgrade --install`.
func deploy(name string, flag flagState, fate fate, args ...string) step {
	return step{name: name, fate: both(fate), do: func(s *scene) error { return s.deploy(s.release, flag, args...) }}
}

// deploy runs `helm upgrade --install` as the setting says, and checks where the objects are.
func (s *scene) deploy(r release, flag flagState, args ...string) error {
	if err := r.upgrade(append(s.arguments(flag), args...)...); err != nil {
		return err
	}
	_, err := k8s.GetDeploymentContextE(s.t, s.t.Context(), asAdmin(r.target), r.name)
	return err
}

// arguments are those of each `helm upgrade --install`, as the setting says.
func (s *scene) arguments(flag flagState) []string {
	args := []string{"--set", fmt.Sprintf("namespace.create=%t", s.flagOf(flag))}
	if s.elsewhere {
		args = append(args, "--set", "namespace.name="+s.target)
	}
	if s.option != "" {
		args = append(args, s.option)
	}
	return args
}

// butHelm4 is the step that Helm 4 does with another result.
func (s step) butHelm4(f fate) step {
	s.fate.helm4 = f
	return s
}

// failing is the step where Helm must fail and say this.
func (s step) failing(m perHelm[string]) step {
	s.fails = m
	return s
}

// rollback is `helm rollback` to the first revision.
func rollback(fate fate) step {
	return step{name: "rollback", fate: both(fate), do: func(s *scene) error { return s.rollback(1) }}
}

// uninstall is `helm uninstall`; it leaves nothing of the release in the namespace.
func uninstall(fate fate) step {
	return step{name: "uninstall", fate: both(fate), do: func(s *scene) error { return s.gone(s.release) }}
}

// gone uninstalls a release and checks that its Deployment is no longer there.
func (s *scene) gone(r release) error {
	if err := r.uninstall(); err != nil {
		return err
	}
	eventually.NoError(s.t, "end of deployment "+r.name, func(ctx context.Context) error {
		_, err := k8s.GetDeploymentContextE(s.t, ctx, asAdmin(r.target), r.name)
		if err == nil {
			return errors.New("is still there")
		}
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	})
	return nil
}

// removeByHand deletes the namespace as an administrator may, and waits until it is gone.
func removeByHand() step {
	return step{fate: both(deleted), do: func(s *scene) error {
		k8s.DeleteNamespaceContext(s.t, s.t.Context(), asAdmin(""), s.target)
		eventually.NoError(s.t, "end of the namespace", func(context.Context) error {
			if namespaceNow(s.t, s.target) != nil {
				return errors.New("is still there")
			}
			return nil
		})
		return nil
	}}
}

// patchByHand changes the namespace's metadata as an administrator may.
func patchByHand(patch string) step {
	return step{do: func(s *scene) error {
		_, err := admin.Typed.CoreV1().Namespaces().Patch(s.t.Context(), s.target, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		return err
	}}
}

// byTheOther is a step that the other Helm does.
func byTheOther(of step) step {
	do := of.do
	of.do = func(s *scene) error {
		scene := *s
		scene.program = map[*program]*program{helm3: helm4, helm4: helm3}[s.program]
		return do(&scene)
	}
	return of
}

// rollbackOnFailure stands for the flag that each Helm has for it.
const rollbackOnFailure = "--rollback-on-failure"

// deployNotElsewhere installs into -n alone.
func deployNotElsewhere(name string) step {
	return step{name: name, fate: both(absent), do: func(s *scene) error {
		r := s.release
		r.target = s.namespace
		return r.upgrade()
	}}
}

// deployInto installs another service whose -n is the namespace that the case is about.
func deployInto(name string, fate fate, flag string) step {
	return step{name: name, fate: both(fate), do: func(s *scene) error {
		r := s.named("two")
		r.namespace = s.target
		return r.upgrade(flag)
	}}
}

// failedRollout deploys, with the flag on, pods that never get ready.
func failedRollout(name string, fate fate, flag string) step {
	return step{name: name, fate: both(fate), do: func(s *scene) error {
		if flag == rollbackOnFailure {
			return s.failingUpgrade(append(s.arguments(on), s.program.RollbackOnFailure, "--set", "replicas=1")...)
		}
		// Helm cleans up at the end of its timeout alone, and nothing that is after that takes time.
		return s.deploy(s.release, on, flag, "--wait", "--timeout", "10s", "--set", "image.tag=dev-fail", "--set", "replicas=1")
	}}
}

// deployPlain is `helm upgrade --install` of the chart that templates the namespace as a plain object.
func deployPlain(name string, flag flagState, fate fate) step {
	return step{name: name, fate: both(fate), do: func(s *scene) error {
		return s.plain().upgrade("--set", "name="+s.target, "--set", fmt.Sprintf("create=%t", s.flagOf(flag)))
	}}
}

// twoServices are the steps of two releases in one namespace; start is what the first install does to the namespace,
// and first the release that is uninstalled first.
func twoServices(start fate, first, second string) []step {
	return []step{
		deployOne("install one", "one", start), deployOne("install two", "two", untouched),
		uninstallOne(first, second), deployOne("install "+first+" again", first, untouched),
		uninstallOne(second, first),
	}
}

// named returns the scene's release under another name.
func (s *scene) named(name string) release {
	r := s.release
	r.name = name
	return r
}

// deployOne deploys one of two services with the flag on, unless args say otherwise.
func deployOne(name, service string, fate fate, args ...string) step {
	return step{name: name, fate: both(fate), do: func(s *scene) error {
		return s.deploy(s.named(service), on, append([]string{"--set", "replicas=1"}, args...)...)
	}}
}

// uninstallOne uninstalls one of two services; the pods of the other stay.
func uninstallOne(service, other string) step {
	return step{name: "uninstall " + service, fate: both(untouched), do: func(s *scene) error {
		before := s.named(other).settledPods()
		if err := s.gone(s.named(service)); err != nil {
			return err
		}
		require.Equal(s.t, uids(before), uids(s.named(other).settledPods()), "pods of the service that stays")
		return nil
	}}
}

// uninstallLast uninstalls the only service that is left.
func uninstallLast(service string) step {
	return step{name: "uninstall " + service, fate: both(untouched), do: func(s *scene) error { return s.gone(s.named(service)) }}
}

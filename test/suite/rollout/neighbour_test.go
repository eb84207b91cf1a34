package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// belongings are the live account and configuration of a service, by which it is told whether they are still the same.
func (s service) belongings() (account, configMap types.UID, content map[string]string) {
	s.t.Helper()
	a, err := admin.Typed.CoreV1().ServiceAccounts(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	c, err := admin.Typed.CoreV1().ConfigMaps(namespace).Get(s.t.Context(), s.name, metav1.GetOptions{})
	require.NoError(s.t, err)
	return a.UID, c.UID, c.Data
}

// requireUntouched returns what fails the test unless all that a service has is then what it is now.
func (s service) requireUntouched() func() {
	s.t.Helper()
	account, configMap, content := s.belongings()
	objects := s.objects()
	return func() {
		s.t.Helper()
		a, c, is := s.belongings()
		require.Equal(s.t, account, a)
		require.Equal(s.t, configMap, c)
		require.Equal(s.t, content, is)
		require.Equal(s.t, objects, s.objects())
	}
}

// newNeighbour deploys a service that is called as a job of another one, and returns both.
func newNeighbour(t *testing.T, p *helmcli.Program) (s, neighbour service) {
	t.Helper()
	s = newService(t, p)
	neighbour = s
	neighbour.name += "-worker"
	neighbour.mustUpgrade(good("dev-1")...)
	return s, neighbour
}

// job are the flags of a revision with a job.
func job(tag, name string) []string {
	return append(good(tag), "--set", "jobs."+name+".args={requeue}")
}

// A job that is called as another service takes nothing of it, with slipway or without.
func TestJobCalledAsAService(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s, neighbour := newNeighbour(t, p)
		untouched := neighbour.requireUntouched()
		s.mustUpgrade(job("dev-1", "worker")...)
		untouched()
		s.bySlipway().mustUpgrade(append(job("dev-2", "worker"), s.atomic()...)...)
		untouched()
		s.requireAsFresh("dev-2")
	})
}

// hookNamed are the flags of a revision with an account as a hook, which Helm deletes before and after.
func hookNamed(name string) []string {
	return []string{"--set-json", `extraObjects.hook={"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"` + name + `",
		"annotations":{"helm.sh/hook":"pre-install,pre-upgrade","helm.sh/hook-delete-policy":"before-hook-creation,hook-succeeded"}}}`}
}

// A hook of any chart that has the name of what another release has made is refused before Helm writes anything.
func TestHookWithANeighboursName(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s, neighbour := newNeighbour(t, p)
		untouched := neighbour.requireUntouched()
		for _, revision := range []string{"install", "upgrade"} {
			before := len(s.history())
			code, said := s.bySlipway().upgrade(append(good("dev-1"), hookNamed(neighbour.name)...)...)
			require.Equal(t, 2, code, revision)
			require.Contains(t, said, "nothing was changed: ServiceAccount/"+neighbour.name+" in "+namespace+" belongs to release "+neighbour.name+" in namespace "+namespace+
				", and a hook of release "+s.name+" has its name, for which Helm would delete it; give the hook another name")
			require.Len(t, s.history(), before)
			require.Empty(t, s.lease())
			untouched()
			s.bySlipway().mustUpgrade(good("dev-1")...)
		}
		// Its own, and what nobody has, are no reason.
		for range 2 {
			s.bySlipway().mustUpgrade(append(good("dev-2"), hookNamed(s.name+"-hook")...)...)
		}
		code, said := s.bySlipway().upgrade(append(append(good("dev-2"), hookNamed(neighbour.name)...), "--no-hooks")...)
		require.Zero(t, code, said)
		untouched()
	})
}

// Plain helm deletes the neighbour's: what TestHookWithANeighboursName holds against.
func TestHookWithANeighboursNameControl(t *testing.T) {
	t.Parallel()
	s, neighbour := newNeighbour(t, helmcli.Helm4)
	s.mustUpgrade(append(good("dev-1"), hookNamed(neighbour.name)...)...)
	_, err := admin.Typed.CoreV1().ServiceAccounts(namespace).Get(t.Context(), neighbour.name, metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

// Values from the standard input reach helm though they have been read before.
func TestValuesOnStandardInput(t *testing.T) {
	t.Parallel()
	s := newService(t, helmcli.Helm4)
	running := beginWith(t, strings.NewReader("{environment: dev, image: {repository: registry.example.com/the-project/example-microservice, tag: dev-1}, replicas: 1}"),
		[]string{"KUBECONFIG=" + s.kubeconfig}, slipway, "rollout", "--", s.program.Path("helm"), "upgrade", "--install", s.name, chart, "--values", "-", "--disable-openapi-validation")
	code, _ := running.end()
	require.Zero(t, code)
	require.Equal(t, "deployed", s.status())
}

// A migration that was killed is none in the way, and what it has left of accounts and configuration goes.
func TestKilledMigration(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for _, upgrade := range []bool{false, true} {
			t.Run(map[bool]string{false: "install", true: "upgrade"}[upgrade], func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				var account types.UID
				if upgrade {
					s.mustUpgrade(good("dev-1")...)
					account, _, _ = s.belongings()
				}
				running := s.begin(job("dev-fail", "migrate")...)
				running.reaches("the migration", func(ctx context.Context) error {
					_, err := admin.Typed.BatchV1().Jobs(namespace).Get(ctx, s.name+"-migrate", metav1.GetOptions{})
					return err
				})
				running.kill()
				said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-2"), s.atomic()...)...)
				if upgrade {
					require.Contains(t, said, "removing ConfigMap/"+s.name+".migrate, which a hook of an earlier revision has left")
				}
				s.requireAsFresh("dev-2")
				now, _, _ := s.belongings()
				if upgrade {
					require.Equal(t, account, now)
				}
				s.bySlipway().mustUpgrade(append(job("dev-3", "migrate"), s.atomic()...)...)
				s.requireAsFresh("dev-3")
				again, _, _ := s.belongings()
				require.Equal(t, now, again, "an upgrade never makes the account anew")
			})
		}
	})
}

// The Job of a hook that has failed, and its pod, go with the next deploy that has no such hook; plain helm leaves them.
func TestJobOfAFailedHook(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.mustUpgrade(good("dev-1")...)
		code, said := s.upgrade(append(job("dev-fail", "migrate"), "--timeout", "5s")...)
		require.NotZero(t, code, said)
		s.mustUpgrade(good("dev-2")...)
		require.ErrorContains(t, s.hasNoJob(t.Context()), "the Job: <nil>")

		said = s.bySlipway().mustUpgrade(append(good("dev-3"), s.atomic()...)...)
		require.Contains(t, said, "removing Job/"+s.name+"-migrate, which a hook of an earlier revision has left")
		eventually.NoError(t, "the end of the Job and its pod", s.hasNoJob)
		s.requireAsFresh("dev-3")
	})
}

// The same of a first install, of which no record is left that names it: whether Helm undoes it, or the next deploy.
func TestJobOfAFailedFirstInstall(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		for name, scenario := range map[string]func(t *testing.T, s service) (said string){
			"failed": func(t *testing.T, s service) string {
				code, said := s.bySlipway().upgrade(slices.Concat(job("dev-fail", "migrate"), s.atomic(), []string{"--timeout", "5s"})...)
				require.NotZero(t, code, said)
				return said
			},
			"cut off": func(t *testing.T, s service) string {
				running := s.begin(job("dev-fail", "migrate")...)
				running.reaches("the migration", func(ctx context.Context) error {
					_, err := admin.Typed.BatchV1().Jobs(namespace).Get(ctx, s.name+"-migrate", metav1.GetOptions{})
					return err
				})
				running.kill()
				return s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-1"), s.atomic()...)...)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, p)
				require.Contains(t, scenario(t, s), "removing Job/"+s.name+"-migrate, which a hook of an earlier revision has left")
				eventually.NoError(t, "the end of the Job and its pod", s.hasNoJob)
			})
		}
	})
}

// hasNoJob is the condition that nothing is left of the service's migration.
func (s service) hasNoJob(ctx context.Context) error {
	if _, err := admin.Typed.BatchV1().Jobs(namespace).Get(ctx, s.name+"-migrate", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("the Job: %v", err)
	}
	pods, err := admin.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=" + s.name + "-migrate"})
	if err == nil && len(pods.Items) > 0 {
		err = fmt.Errorf("the pod %s", pods.Items[0].Name)
	}
	return err
}

// What another release has made since an install was cut off stays, though the record of the install holds it.
func TestCutOffInstallSparesANeighbour(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		s := newService(t, p)
		s.beginDead(anything, s.atomic()...).kill()
		stays := s.makeOthers()

		said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(good("dev-2")...)
		require.Contains(t, said, "leaving what is not its own: ConfigMap/"+s.name+"-dead in "+namespace+" belongs to release other in namespace "+namespace)
		s.requireAsFresh("dev-2")
		require.NoError(t, stays())
	})
}

// makeOthers makes the ConfigMap of the dead revision as another release's, in the place of what is there, and returns what
// says whether it is still the same.
func (s service) makeOthers() (stays func() error) {
	s.t.Helper()
	configMaps := admin.Typed.CoreV1().ConfigMaps(namespace)
	err := configMaps.Delete(s.t.Context(), s.name+"-dead", metav1.DeleteOptions{})
	require.True(s.t, err == nil || apierrors.IsNotFound(err), "%v", err)
	theirs, err := configMaps.Create(s.t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: s.name + "-dead", Labels: map[string]string{"app.kubernetes.io/managed-by": "Helm"},
			Annotations: map[string]string{"meta.helm.sh/release-name": "other", "meta.helm.sh/release-namespace": namespace}},
	}, metav1.CreateOptions{})
	require.NoError(s.t, err)
	return func() error {
		now, err := configMaps.Get(s.t.Context(), theirs.Name, metav1.GetOptions{})
		if err == nil && now.ResourceVersion != theirs.ResourceVersion {
			err = errors.New("it was changed")
		}
		return err
	}
}

// withMore are the flags of a good revision with one object more, a ConfigMap.
func (s service) withMore(tag string) []string {
	return append(good(tag), "--set-json", `extraObjects.dead={"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+s.name+`-dead"}}`)
}

// What a record names and another release has made by now is neither deleted nor changed by a deploy from that revision, nor by
// the way back to it. Plain helm does not look whose it is: the control.
func TestRecordWithANeighboursObject(t *testing.T) {
	for name, scenario := range map[string]func(t *testing.T, s service){
		"live": func(t *testing.T, s service) {
			s.mustUpgrade(s.withMore("dev-1")...)
			stays := s.makeOthers()
			said := s.bySlipway().mustUpgrade(append(good("dev-2"), s.atomic()...)...)
			require.Contains(t, said, "leaving what is not its own, though revision 1 had it: ConfigMap/"+s.name+"-dead")
			require.NoError(t, stays())
			s.requireAsFresh("dev-2")
		},
		"first install that serves": func(t *testing.T, s service) {
			s.cutOffInTheEnd(s.withMore("dev-1")...)
			stays := s.makeOthers()
			said := s.bySlipway("--pending-timeout", "0s").mustUpgrade(append(good("dev-2"), s.atomic()...)...)
			require.Contains(t, said, "deploying over it, since Deployment/"+s.name+" serves")
			require.NoError(t, stays())
			s.requireAsFresh("dev-2")
		},
		"way back by hand": func(t *testing.T, s service) {
			s.mustUpgrade(s.withMore("dev-1")...)
			s.mustUpgrade(good("dev-2")...)
			stays := s.makeOthers()
			code, said := s.beginSlipway("rollback", s.name, "--namespace", namespace).end()
			require.Zero(t, code, said)
			require.NoError(t, stays())
			s.requireAsFresh("dev-1")
		},
		"control": func(t *testing.T, s service) {
			s.mustUpgrade(s.withMore("dev-1")...)
			stays := s.makeOthers()
			s.mustUpgrade(good("dev-2")...)
			require.True(t, apierrors.IsNotFound(stays()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) { scenario(t, newService(t, p)) })
		})
	}
}

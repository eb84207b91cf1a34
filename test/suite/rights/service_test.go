package rights

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// service is a release of charts/microservice in a project, as the deployer deploys it.
type service struct {
	terminal
	name   string
	values []string // files
	// slipway says that `slipway rollout` runs Helm.
	slipway bool
}

// newService returns a service without features, which is not deployed yet.
func (w terminal) newService(name string) service {
	return service{terminal: w, name: name, values: []string{coreValues}}
}

// upgrade runs `helm upgrade --install` as pipelines do.
func (s service) upgrade(tag string, args ...string) error {
	s.T.Helper()
	command := s.upgradeArguments(tag, args...)
	if s.slipway {
		_, err := s.Script(slipway + " rollout -- helm '" + strings.Join(command, "' '") + "'")
		return err
	}
	_, err := s.Run("helm", command...)
	return err
}

func (s service) upgradeArguments(tag string, args ...string) []string {
	command := []string{
		"upgrade", "--install", s.name, serviceChart, "--set", "image.tag=" + tag,
		s.Program.RollbackOnFailure, "--wait", "--timeout", "5m",
	}
	for _, file := range s.values {
		command = append(command, "--values", file)
	}
	return append(command, args...)
}

// bySlipway is the same service as `slipway rollout` deploys it.
func (s service) bySlipway() service {
	s.slipway = true
	return s
}

// hopelessUpgrade has `slipway rollout` deploy an image that cannot be pulled, and gives the pods that wait for it a status that
// it takes for hopeless at once.
func (s service) hopelessUpgrade(namespace string) error {
	s.T.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.bySlipway().upgrade("dev-fail") }()
	pods := admin.Typed.CoreV1().Pods(namespace)
	eventually.NoError(s.T, "a pod that waits for its image", func(ctx context.Context) error {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: "app=" + s.name})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			if len(pod.Status.ContainerStatuses) == 0 || pod.Status.ContainerStatuses[0].State.Waiting == nil {
				continue
			}
			pod.Status.ContainerStatuses[0].State.Waiting.Reason = "InvalidImageName"
			_, err := pods.UpdateStatus(ctx, &pod, metav1.UpdateOptions{})
			return err
		}
		return errors.New("none")
	})
	return <-ended
}

// leaveLease leaves the Lease of a `slipway rollout` that died long ago.
func (s service) leaveLease(namespace string) {
	s.T.Helper()
	long := metav1.NewMicroTime(time.Now().Add(-24 * time.Hour))
	_, err := admin.Typed.CoordinationV1().Leases(namespace).Create(s.T.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "slipway-rollout-" + s.name},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: new("a dead deploy"), RenewTime: &long, LeaseDurationSeconds: new(int32(30))},
	}, metav1.CreateOptions{})
	require.NoError(s.T, err)
}

// rollback runs `helm rollback`.
func (s service) rollback(revision int) {
	s.T.Helper()
	s.Must("helm", "rollback", s.name, strconv.Itoa(revision), "--wait", "--timeout", "5m")
}

// uninstall runs `helm uninstall`.
func (s service) uninstall() {
	s.T.Helper()
	s.Must("helm", "uninstall", s.name, "--wait", "--timeout", "5m")
}

package scale

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	serviceChart = "../../../charts/microservice"
	platformDir  = "../../../ci/platform"
	exampleDir   = "../../example-microservice/deploy"
	timeout      = "10m"
)

// release is one of the many.
type release struct {
	name    string
	project project
	helm    *helmcli.Program
}

// took is what one command took.
type took struct{ wall, cpu time.Duration }

// TestReleases fills the cluster and empties it again.
func TestReleases(t *testing.T) {
	all := make([]release, *releases)
	owners := installProjects(t)
	for i := range all {
		all[i] = release{name: fmt.Sprintf("service-%03d", i), project: owners[i%len(owners)], helm: helmcli.Programs[i%2]}
	}

	var measured []sample
	log := &auditReader{}
	for _, phase := range []string{"install", "upgrade", "uninstall"} {
		for b := range *batches {
			batch := all[b*len(all) / *batches : (b+1)*len(all) / *batches]
			log.count(t) // what happened between the batches belongs to none
			costs := deploy(t, batch, func(r release) *exec.Cmd {
				return exec.CommandContext(t.Context(), r.helm.Path("helm"), r.command(phase)...)
			})
			s := sample{Phase: phase, Releases: len(all)}
			switch phase {
			case "install":
				s.Releases = (b + 1) * len(all) / *batches
			case "uninstall":
				s.Releases = len(all) - (b+1)*len(all) / *batches
			}
			s.add(t, log, batch, costs)
			t.Logf("%+v", s)
			measured = append(measured, s)
		}
		if phase == "uninstall" {
			requireEmpty(t, owners)
		} else {
			requireDeployed(t, all, "dev-"+phase)
		}
	}
	requireSameWrites(t, measured)
	if *update {
		writeMeasured(t, measured)
	}
}

// command returns the arguments of Helm.
func (r release) command(phase string) []string {
	if phase == "uninstall" {
		return []string{"uninstall", r.name, "--wait", "--timeout", timeout, "--namespace", r.project.name}
	}
	command := []string{"upgrade", "--install", r.name, serviceChart, "--wait", "--timeout", timeout, "--namespace", r.project.name}
	for _, folder := range []string{platformDir, exampleDir} {
		command = append(command, "--values", filepath.Join(folder, "values.yaml"), "--values", filepath.Join(folder, "values-dev.yaml"))
	}
	return append(command, "--set", "image.tag=dev-"+phase)
}

// deploy runs a command for each release, several at a time, and returns what they took in the order of releases.
func deploy(t *testing.T, batch []release, command func(release) *exec.Cmd) []took {
	t.Helper()
	costs := make([]took, len(batch))
	var group errgroup.Group
	group.SetLimit(*parallel)
	for i, r := range batch {
		group.Go(func() error {
			cmd := command(r)
			cmd.Env = append(os.Environ(), "KUBECONFIG="+r.project.kubeconfig)
			started := time.Now()
			output, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output)
			}
			costs[i] = took{wall: time.Since(started), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	return costs
}

// add adds what a batch took.
func (s *sample) add(t *testing.T, log *auditReader, batch []release, costs []took) {
	t.Helper()
	counted, others := log.count(t)
	for major, to := range map[int]*cost{3: &s.Helm3, 4: &s.Helm4} {
		var wall, cpu []time.Duration
		for i, r := range batch {
			if r.helm.Major == major {
				wall, cpu = append(wall, costs[i].wall), append(cpu, costs[i].cpu)
			}
		}
		require.NotEmpty(t, wall, "each batch has deploys of both Helms")
		require.NotZero(t, counted[major].writes, "the audit log knows Helm %d by its user agent", major)
		*to = cost{
			Seconds: median(wall), CPU: median(cpu),
			Requests: float64(counted[major].all) / float64(len(wall)), Writes: float64(counted[major].writes) / float64(len(wall)),
		}
	}
	s.ControllerRequests = float64(others) / float64(len(batch))
	s.ControlPlaneMiB, s.StorageMiB = gauges(t)
}

// requireDeployed fails the test unless every release's Deployment is rolled out with the tag, as the server sees it.
func requireDeployed(t *testing.T, all []release, tag string) {
	t.Helper()
	list, err := admin.Typed.AppsV1().Deployments(metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{LabelSelector: "app"})
	require.NoError(t, err)
	live := map[string]appsv1.Deployment{}
	for _, d := range list.Items {
		live[d.Namespace+"/"+d.Name] = d
	}
	require.Len(t, live, len(all))
	for _, r := range all {
		d := live[r.project.name+"/"+r.name]
		require.Len(t, d.Spec.Template.Spec.Containers, 1, r.name)
		assert.True(t, strings.HasSuffix(d.Spec.Template.Spec.Containers[0].Image, ":"+tag), "%s runs %s", r.name, d.Spec.Template.Spec.Containers[0].Image)
		assert.Equal(t, *d.Spec.Replicas, d.Status.AvailableReplicas, r.name)
		assert.Equal(t, *d.Spec.Replicas, d.Status.UpdatedReplicas, r.name)
	}
}

// requireEmpty fails the test if anything of a release is left.
func requireEmpty(t *testing.T, owners []project) {
	t.Helper()
	for _, p := range owners {
		client := admin.Typed.CoreV1()
		pods, err := client.Pods(p.name).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		services, err := client.Services(p.name).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		configs, err := client.ConfigMaps(p.name).List(t.Context(), metav1.ListOptions{LabelSelector: "app"})
		require.NoError(t, err)
		secrets, err := client.Secrets(p.name).List(t.Context(), metav1.ListOptions{FieldSelector: "type=helm.sh/release.v1"})
		require.NoError(t, err)
		for _, pod := range pods.Items {
			// What is being deleted is as good as gone.
			assert.NotNil(t, pod.DeletionTimestamp, "%s/%s is left, %s", p.name, pod.Name, pod.Status.Phase)
		}
		assert.Empty(t, names(services.Items, func(s corev1.Service) string { return s.Name }), p.name)
		assert.Empty(t, names(configs.Items, func(c corev1.ConfigMap) string { return c.Name }), p.name)
		assert.Empty(t, names(secrets.Items, func(s corev1.Secret) string { return s.Name }), p.name)
	}
}

func names[T any](items []T, name func(T) string) []string {
	var all []string
	for _, item := range items {
		all = append(all, name(item))
	}
	return all
}

// requireSameWrites fails the test if deploys write more, or less, as the cluster fills.
func requireSameWrites(t *testing.T, measured []sample) {
	t.Helper()
	first := map[string]sample{}
	for _, s := range measured {
		if _, ok := first[s.Phase]; !ok {
			first[s.Phase] = s
		}
		assert.InDelta(t, first[s.Phase].Helm3.Writes, s.Helm3.Writes, 0.01, "Helm 3, %s, %d releases", s.Phase, s.Releases)
		assert.InDelta(t, first[s.Phase].Helm4.Writes, s.Helm4.Writes, 0.01, "Helm 4, %s, %d releases", s.Phase, s.Releases)
	}
}

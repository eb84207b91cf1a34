package cluster_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

var appLabels = map[string]string{"app": "app"}

func deploymentOf(image string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "app"},
		Spec: appsv1.DeploymentSpec{
			Replicas:                new(int32(2)),
			Selector:                &metav1.LabelSelector{MatchLabels: appLabels},
			ProgressDeadlineSeconds: new(int32(2)),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: appLabels},
				Spec:       restrictedPod(image),
			},
		},
	}
}

// waitForDeployment waits until the condition has this status and reason.
func waitForDeployment(t *testing.T, client kubernetes.Interface, namespace string, want appsv1.DeploymentCondition) {
	t.Helper()
	eventually(t, fmt.Sprintf("Deployment: %s=%s (%s)", want.Type, want.Status, want.Reason), func(ctx context.Context) error {
		found, err := client.AppsV1().Deployments(namespace).Get(ctx, "app", metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range found.Status.Conditions {
			if c.Type == want.Type && c.Status == want.Status && c.Reason == want.Reason {
				return nil
			}
		}
		return fmt.Errorf("conditions are %+v", found.Status.Conditions)
	})
}

func TestDeploymentBecomesAvailable(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)
	_, err := deployer.AppsV1().Deployments(namespace).Create(t.Context(), deploymentOf("registry.example.com/app:1"), metav1.CreateOptions{})
	require.NoError(t, err)
	waitForDeployment(t, deployer, namespace, appsv1.DeploymentCondition{
		Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"})

	// What depends on pods follows: endpoints of a Service, a PodDisruptionBudget, evictions.
	_, err = deployer.CoreV1().Services(namespace).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "app"},
		Spec:       corev1.ServiceSpec{Selector: appLabels, Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "two endpoints", func(ctx context.Context) error {
		slices, err := deployer.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=app"})
		if err != nil {
			return err
		}
		if len(slices.Items) != 1 || len(slices.Items[0].Endpoints) != 2 {
			return fmt.Errorf("slices are %+v", slices.Items)
		}
		return nil
	})

	_, err = deployer.PolicyV1().PodDisruptionBudgets(namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "app"},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: new(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: appLabels}},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the budget", func(ctx context.Context) error {
		budget, err := deployer.PolicyV1().PodDisruptionBudgets(namespace).Get(ctx, "app", metav1.GetOptions{})
		if err == nil && budget.Status.DisruptionsAllowed != 1 {
			err = fmt.Errorf("status is %+v", budget.Status)
		}
		return err
	})
}

func TestFailingTagNeverBecomesReady(t *testing.T) {
	t.Parallel()
	namespace, admin, deployer := newNamespace(t)
	_, err := deployer.AppsV1().Deployments(namespace).Create(t.Context(), deploymentOf("registry.example.com/app:fail-1"), metav1.CreateOptions{})
	require.NoError(t, err)
	waitForDeployment(t, deployer, namespace, appsv1.DeploymentCondition{
		Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"})

	pods, err := deployer.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, pods.Items, 2)
	for _, pod := range pods.Items {
		require.Equal(t, corev1.PodPending, pod.Status.Phase)
		require.Equal(t, corev1.ConditionTrue, conditionOf(pod, corev1.PodScheduled).Status)
		require.Equal(t, corev1.ConditionFalse, conditionOf(pod, corev1.PodReady).Status)
		require.Equal(t, "containers with unready status: [app]", conditionOf(pod, corev1.PodReady).Message)
		require.Equal(t, &corev1.ContainerStateWaiting{
			Reason:  "ImagePullBackOff",
			Message: `Back-off pulling image "registry.example.com/app:fail-1": simulated: the tag contains "fail"`,
		}, pod.Status.ContainerStatuses[0].State.Waiting)
	}
	eventually(t, "an event that says so", func(ctx context.Context) error {
		events, err := deployer.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=Failed,type=Warning"})
		if err == nil && len(events.Items) == 0 {
			err = fmt.Errorf("none")
		}
		return err
	})

	// They go as fast as others, and so does their namespace.
	require.NoError(t, deployer.AppsV1().Deployments(namespace).Delete(t.Context(), "app", metav1.DeleteOptions{}))
	eventually(t, "no pod left", func(ctx context.Context) error {
		pods, err := deployer.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err == nil && len(pods.Items) > 0 {
			err = fmt.Errorf("%d left", len(pods.Items))
		}
		return err
	})
	require.NoError(t, admin.CoreV1().Namespaces().Delete(t.Context(), namespace, metav1.DeleteOptions{}))
	eventually(t, "no namespace left", func(ctx context.Context) error {
		_, err := admin.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		if err == nil {
			return fmt.Errorf("it is there")
		}
		if !apierrors.IsNotFound(err) {
			return err
		}
		return nil
	})
}

func conditionOf(pod corev1.Pod, condition corev1.PodConditionType) corev1.PodCondition {
	for _, c := range pod.Status.Conditions {
		if c.Type == condition {
			return c
		}
	}
	return corev1.PodCondition{}
}

func TestWhichImagesFail(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)
	const digest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

	for i, c := range []struct {
		image, initImage string
		fails            bool
	}{
		{image: "registry.example.com/app:1"},
		{image: "registry.example.com/app"},
		{image: "registry.example.com/app" + digest},
		{image: "registry.example.com/fail/failing-app:1"},
		{image: "registry.example.com:5000/fail:1" + digest},
		{image: "registry.example.com/app:fail", fails: true},
		{image: "registry.example.com:5000/app:dev-1-fails", fails: true},
		{image: "registry.example.com/app:fail" + digest, fails: true},
		{image: "registry.example.com/app:1", initImage: "registry.example.com/migrate:1"},
		{image: "registry.example.com/app:1", initImage: "registry.example.com/migrate:fail", fails: true},
	} {
		t.Run(c.image+" "+c.initImage, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%d", i)}, Spec: restrictedPod(c.image)}
			if c.initImage != "" {
				pod.Spec.InitContainers = []corev1.Container{restrictedContainer("migrate", c.initImage)}
			}
			_, err := deployer.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
			require.NoError(t, err)

			want, phase := corev1.ConditionTrue, corev1.PodRunning
			if c.fails {
				want, phase = corev1.ConditionFalse, corev1.PodPending
			}
			var found *corev1.Pod
			eventually(t, "the pod's readiness", func(ctx context.Context) error {
				found, err = deployer.CoreV1().Pods(namespace).Get(ctx, pod.Name, metav1.GetOptions{})
				if err == nil && conditionOf(*found, corev1.PodReady).Status == "" {
					err = fmt.Errorf("status is %+v", found.Status)
				}
				return err
			})
			require.Equal(t, want, conditionOf(*found, corev1.PodReady).Status, "%+v", found.Status)
			require.Equal(t, phase, found.Status.Phase)
			if c.fails && c.initImage != "" {
				require.Equal(t, "ImagePullBackOff", found.Status.InitContainerStatuses[0].State.Waiting.Reason)
				require.Equal(t, "PodInitializing", found.Status.ContainerStatuses[0].State.Waiting.Reason)
				require.Equal(t, corev1.ConditionFalse, conditionOf(*found, corev1.PodInitialized).Status)
			}
		})
	}
}

// TestLogsAreRefused asks for what no simulated pod has: the API server says no, instead of waiting for a node's answer.
func TestLogsAreRefused(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: restrictedPod("registry.example.com/app:1")}
	_, err := deployer.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the pod", func(ctx context.Context) error {
		found, err := deployer.CoreV1().Pods(namespace).Get(ctx, "pod", metav1.GetOptions{})
		if err == nil && found.Status.Phase != corev1.PodRunning {
			err = fmt.Errorf("it is %s", found.Status.Phase)
		}
		return err
	})
	_, err = deployer.CoreV1().Pods(namespace).GetLogs("pod", &corev1.PodLogOptions{}).DoRaw(t.Context())
	require.ErrorContains(t, err, "an error on the server")
}

func TestJobCompletes(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "migrate"}}
	job.Spec.Template.Spec = restrictedPod("registry.example.com/migrate:1")
	job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	_, err := deployer.BatchV1().Jobs(namespace).Create(t.Context(), job, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the job's end", func(ctx context.Context) error {
		found, err := deployer.BatchV1().Jobs(namespace).Get(ctx, "migrate", metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range found.Status.Conditions {
			if c.Type == batchv1.JobComplete && c.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("status is %+v", found.Status)
	})

	// The job's pod has not taken the place of a service's: it is not ready.
	pods, err := deployer.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, pods.Items, 1)
	require.Equal(t, corev1.PodSucceeded, pods.Items[0].Status.Phase)
	require.Equal(t, corev1.ConditionFalse, conditionOf(pods.Items[0], corev1.PodReady).Status)
	require.Equal(t, int32(0), pods.Items[0].Status.ContainerStatuses[0].State.Terminated.ExitCode)
}

func TestFailingJobDoesNotComplete(t *testing.T) {
	t.Parallel()
	namespace, _, deployer := newNamespace(t)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "migrate"}}
	job.Spec.ActiveDeadlineSeconds = new(int64(2))
	job.Spec.Template.Spec = restrictedPod("registry.example.com/migrate:fail")
	job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	_, err := deployer.BatchV1().Jobs(namespace).Create(t.Context(), job, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the job's deadline", func(ctx context.Context) error {
		found, err := deployer.BatchV1().Jobs(namespace).Get(ctx, "migrate", metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range found.Status.Conditions {
			if c.Type == batchv1.JobFailed && c.Reason == batchv1.JobReasonDeadlineExceeded {
				return nil
			}
		}
		return fmt.Errorf("status is %+v", found.Status)
	})
}

func TestQuotaIsEnforced(t *testing.T) {
	t.Parallel()
	namespace, admin, deployer := newNamespace(t)
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "quota"},
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceServices: resource.MustParse("0")}}}
	_, err := admin.CoreV1().ResourceQuotas(namespace).Create(t.Context(), quota, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the quota's first count", func(ctx context.Context) error {
		found, err := admin.CoreV1().ResourceQuotas(namespace).Get(ctx, "quota", metav1.GetOptions{})
		if err == nil && found.Status.Used == nil {
			err = fmt.Errorf("not counted")
		}
		return err
	})
	_, err = deployer.CoreV1().Services(namespace).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "app"}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{})
	require.ErrorContains(t, err, "exceeded quota: quota")
}

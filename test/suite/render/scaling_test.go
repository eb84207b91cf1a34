package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// utilization is a metric that aims at a share of the request, in percent.
func utilization(of corev1.ResourceName, percent int32) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: of, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
	}}
}

func TestAutoscaling(t *testing.T) {
	const on = "autoscaling: {enabled: true}"
	cases := []struct {
		name     string
		values   given
		min, max int32
		metrics  []autoscalingv2.MetricSpec
		behavior *autoscalingv2.HorizontalPodAutoscalerBehavior
	}{
		{name: "by default", values: yaml(on), min: 2, max: 10, metrics: []autoscalingv2.MetricSpec{utilization("cpu", 80)}},
		{name: "other numbers", values: yaml(on, "{replicas: 5, autoscaling: {minReplicas: 3, maxReplicas: 7, cpuUtilization: 60}}"), min: 3, max: 7, metrics: []autoscalingv2.MetricSpec{utilization("cpu", 60)}},
		{name: "as few as there are without it", values: yaml(on, "replicas: 4"), min: 4, max: 10, metrics: []autoscalingv2.MetricSpec{utilization("cpu", 80)}},
		{name: "memory too", values: yaml(on, "autoscaling: {memoryUtilization: 70}"), min: 2, max: 10, metrics: []autoscalingv2.MetricSpec{utilization("cpu", 80), utilization("memory", 70)}},
		{name: "other metrics instead", values: yaml(on, "autoscaling: {cpuUtilization: null, metrics: {gone: {type: Pods}, one: {type: ContainerResource, containerResource: {name: cpu, container: x, target: {type: Utilization, averageUtilization: 50}}}}}", "autoscaling: {metrics: {gone: null}}"),
			min: 2, max: 10, metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ContainerResourceMetricSourceType, ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
				Name: "cpu", Container: "x", Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr.To[int32](50)},
			}}}},
		{name: "behavior", values: yaml(on, "autoscaling: {behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}"), min: 2, max: 10, metrics: []autoscalingv2.MetricSpec{utilization("cpu", 80)},
			behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: ptr.To[int32](60)}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			require.Equal(t, autoscalingv2.HorizontalPodAutoscalerSpec{
				ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
				MinReplicas:    &c.min, MaxReplicas: c.max, Metrics: c.metrics, Behavior: c.behavior,
			}, get[*autoscalingv2.HorizontalPodAutoscaler](t, manifests).Spec)
			// Where there is no cluster to ask for the live number, it is the least.
			require.Equal(t, &c.min, deployment(t, c.values).Spec.Replicas)
		})
	}
}

func TestNoAutoscaling(t *testing.T) {
	manifests := rendered(t, yaml())
	none[*autoscalingv2.HorizontalPodAutoscaler](t, manifests)
	require.Empty(t, custom(manifests, "ScaledObject"))
}

func TestKEDA(t *testing.T) {
	const on = "keda: {enabled: true, triggers: {lag: {type: kafka, metadata: {topic: orders, lagThreshold: '50'}}}}"
	cases := []struct {
		name   string
		values given
		pods   int32
		want   string
	}{
		{name: "by default", values: yaml(on), pods: 2, want: `
scaleTargetRef: {name: example-microservice}
minReplicaCount: 2
maxReplicaCount: 10
pollingInterval: 30
cooldownPeriod: 300
triggers: [{name: lag, type: kafka, metadata: {topic: orders, lagThreshold: "50"}}]`},
		{name: "to nothing", values: yaml(on, `
keda:
  minReplicas: 0
  maxReplicas: 3
  pollingInterval: 5
  cooldownPeriod: 60
  triggers:
    lag: null
    queue: {type: rabbitmq, metadata: {queueName: jobs}, authenticationRef: {name: rabbit}, metricType: Value}`), pods: 0, want: `
scaleTargetRef: {name: example-microservice}
minReplicaCount: 0
maxReplicaCount: 3
pollingInterval: 5
cooldownPeriod: 60
triggers: [{name: queue, type: rabbitmq, metadata: {queueName: jobs}, authenticationRef: {name: rabbit}, metricType: Value}]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifests := rendered(t, c.values)
			requireCustom(t, manifests, "keda.sh/v1alpha1", "ScaledObject", name, c.want)
			none[*autoscalingv2.HorizontalPodAutoscaler](t, manifests)
			require.Equal(t, &c.pods, deployment(t, c.values).Spec.Replicas)
		})
	}
}

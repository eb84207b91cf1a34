package main

import (
	"context"
	"embed"
	"fmt"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	nodeheartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	kwok "sigs.k8s.io/kwok/pkg/client/clientset/versioned"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	kwokclient "sigs.k8s.io/kwok/pkg/utils/client"
	"sigs.k8s.io/yaml"
)

// createNodes creates count nodes, each with room for far more pods than a kubelet would take: nothing runs on them.
func createNodes(ctx context.Context, client kubernetes.Interface, count int) error {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("64"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		corev1.ResourcePods:             resource.MustParse("1000"),
	}
	for i := range count {
		name := fmt.Sprintf("simulated-%d", i+1)
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
				corev1.LabelHostname:   name,
				corev1.LabelOSStable:   "linux",
				corev1.LabelArchStable: runtime.GOARCH,
			}},
			Status: corev1.NodeStatus{
				Capacity:    capacity,
				Allocatable: capacity,
				NodeInfo:    corev1.NodeSystemInfo{Architecture: runtime.GOARCH, OperatingSystem: "linux"},
			},
		}
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

//go:embed stages/*.yaml
var stages embed.FS

// loadStages returns what nodes and pods go through: KWOK's own stages, and ours where a pod may also fail or end.
func loadStages() (map[internalversion.StageResourceRef][]*internalversion.Stage, error) {
	documents := []string{nodefast.DefaultNodeInit, nodeheartbeat.DefaultNodeHeartbeatWithLease, podfast.DefaultPodDelete}
	files, err := stages.ReadDir("stages")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		content, err := stages.ReadFile("stages/" + file.Name())
		if err != nil {
			return nil, err
		}
		documents = append(documents, string(content))
	}

	loaded := map[internalversion.StageResourceRef][]*internalversion.Stage{}
	for _, document := range documents {
		var versioned v1alpha1.Stage
		if err := yaml.UnmarshalStrict([]byte(document), &versioned); err != nil {
			return nil, err
		}
		v1alpha1.SetObjectDefaults_Stage(&versioned)
		stage, err := internalversion.ConvertToInternalStage(&versioned)
		if err != nil {
			return nil, err
		}
		loaded[stage.Spec.ResourceRef] = append(loaded[stage.Spec.ResourceRef], stage)
	}
	return loaded, nil
}

// startNodes starts the simulation of all nodes and of the pods that are bound to them.
func startNodes() error {
	localStages, err := loadStages()
	if err != nil {
		return err
	}
	clients, err := kwokclient.NewClientset("", componentsKubeconfig)
	if err != nil {
		return err
	}
	restConfig, err := clients.ToRESTConfig()
	if err != nil {
		return err
	}
	restClient, err := rest.RESTClientFor(restConfig)
	if err != nil {
		return err
	}
	typed, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return err
	}
	typedKwok, err := kwok.NewForConfig(restConfig)
	if err != nil {
		return err
	}
	dynamic, err := clients.ToDynamicClient()
	if err != nil {
		return err
	}
	mapper, err := clients.ToRESTMapper()
	if err != nil {
		return err
	}
	identity, err := controllers.Identity()
	if err != nil {
		return err
	}

	controller, err := controllers.NewController(controllers.Config{
		Clock:                      clock.RealClock{},
		ID:                         identity,
		RESTClient:                 restClient,
		RESTMapper:                 mapper,
		TypedClient:                typed,
		TypedKwokClient:            typedKwok,
		DynamicClient:              dynamic,
		ImpersonatingDynamicClient: clients.ToImpersonatingDynamicClient(),
		ImpersonatingTypedClient:   clients.ToImpersonatingTypedClient(),
		ManageAllNodes:             true,
		LocalStages:                localStages,
		// Addresses that lead nowhere: RFC 5737 reserves 192.0.2.0/24 for examples.
		NodeIP:                    "192.0.2.1",
		CIDR:                      "10.244.0.0/16",
		NodeLeaseDurationSeconds:  40,
		NodeLeaseParallelism:      4,
		NodePlayStageParallelism:  4,
		PodPlayStageParallelism:   4,
		PodsOnNodeSyncParallelism: 4,
	})
	if err != nil {
		return err
	}
	return controller.Start(context.Background())
}

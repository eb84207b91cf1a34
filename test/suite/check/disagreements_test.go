package check

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	podsecurity "k8s.io/pod-security-admission/api"

	ours "gitlab.example.com/platform/slipway/test/kubernetes"
)

// full is a namespace that has little room left, and pods that it does not admit.
const full = "full"

// disagreements are objects that the server refuses for what else there is in the cluster, or for who asks, which nobody
// can know without it. Those in the namespace project are asked about with its deployer's rights, the others with the
// administrator's.
var disagreements = []struct {
	what, text string
	namespace  string
	server     string // what it says
	here       string // what is said without it; nothing where the object is admitted
	why        string
}{
	{
		what: "a namespace that is not there", namespace: "nowhere", text: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
		server: `namespaces "nowhere" not found`, why: "what there is in the cluster is not known",
	},
	{
		what: "a pod with a ServiceAccount that is not there", namespace: namespace, text: "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {serviceAccountName: nobody, containers: [{name: a, image: a}]}}",
		server: `serviceaccount "nobody" not found`, why: "what there is in the cluster is not known; of a Deployment the server does not ask either",
	},
	{
		what: "a pod with a PriorityClass that is not there", namespace: namespace, text: "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: none, containers: [{name: a, image: a}]}}",
		server: "no PriorityClass with name none was found", why: "as above",
	},
	{
		what: "a pod with a RuntimeClass that is not there", namespace: namespace, text: "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {runtimeClassName: none, containers: [{name: a, image: a}]}}",
		server: `RuntimeClass "none" not found`, why: "as above",
	},
	{
		what: "more than the namespace's ResourceQuota leaves", namespace: full, text: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
		server: "exceeded quota", why: "the namespace's quota, and what uses it, is not known",
	},
	{
		what: "more than the namespace's LimitRange admits", namespace: full, text: "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}}",
		server: "maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi", why: "the namespace's limits are not known",
	},
	{
		what: "a pod that the namespace's Pod Security does not admit", namespace: full, text: "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}",
		server: `violates PodSecurity "restricted:latest"`, why: "the namespace's level is not known; what each level says is asked on its own",
	},
	{
		what: "a kind that the deployer has no right to", namespace: project, text: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
		server: `cannot create resource "cronjobs" in API group "batch" in the namespace "the-project"`, why: "whose rights a deploy will have is not known: docs/rights.md",
	},
	{
		what: "a Role that grants more than the deployer may do", namespace: project, text: "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}, rules: [{apiGroups: [''], resources: [nodes], verbs: [get]}]}",
		server: "is attempting to grant RBAC permissions not currently held", why: "as above",
	},
	{
		what: "a RoleBinding of a Role that is not there, where the deployer may not bind it", namespace: project, text: "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: none}, subjects: [{kind: ServiceAccount, name: a}]}",
		server: `"none" not found`, why: "what there is in the cluster is not known",
	},
	{
		what: "a node port that another Service has", namespace: namespace, text: "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: [{port: 80, nodePort: 32000}]}}",
		server: "provided port is already allocated", why: "what there is in the cluster is not known",
	},
	{
		what: "an address that is not the cluster's to give", namespace: namespace, text: "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: 192.0.2.7, ports: [{port: 80}]}}",
		server: "is not in the valid range", why: "the cluster's ranges of addresses are not known",
	},
	{
		what: "two families of addresses in a cluster with one", namespace: namespace, text: "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]}}",
		server: "this cluster is not configured for dual-stack services", here: "this cluster is not configured for dual-stack services",
		why: "which families the cluster has is not known: said to be undecided",
	},
	{
		what: "a kind whose definition is neither in the cluster nor known here", namespace: namespace, text: "{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}}",
		server: `no matches for kind "Thing"`, here: `no matches for kind "Thing" in version "example.com/v1" among the definitions known here`,
		why: "which custom kinds the cluster has is not known: said to be undecided",
	},
	{
		what: "a kind that charts do not make", namespace: namespace, text: "{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: a}, spec: {request: YQ==, usages: [client auth], signerName: example.com/a}}",
		server: "PEM block type must be CERTIFICATE REQUEST", here: "the rules of kind CertificateSigningRequest are not known here, only its fields",
		why: "only the fields of such a kind are known: said to be undecided",
	},
}

// Each disagreement is there, and the table of docs/check.md has all of them.
func TestDisagreements(t *testing.T) {
	crowd(t, admin.Typed)
	for _, d := range disagreements {
		t.Run(d.what, func(t *testing.T) {
			m := elsewhere(t, manifest{d.what, []byte(d.text)}, d.namespace)
			asker := api
			if d.namespace == project {
				asker = deployer
			}
			require.ErrorContains(t, asker.create(t.Context(), m.text, true), d.server)
			problems, err := same.Create(ours.Parse(m.text), d.namespace)
			require.NoError(t, err)
			require.False(t, ours.Refused(problems), "do not disagree: %v", problems)
			if d.here == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			require.Contains(t, problems[0].String(), d.here)
		})
	}
	page(t)
}

// crowd makes the namespace full, and takes a node port.
func crowd(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := t.Context()
	none := corev1.ResourceList{"count/configmaps": resource.MustParse("0")}
	require.NoError(t, admin.MakeNamespace(ctx, full, map[string]string{podsecurity.EnforceLevelLabel: string(podsecurity.LevelRestricted)}))
	_, err := client.CoreV1().ResourceQuotas(full).Create(ctx, &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: full}, Spec: corev1.ResourceQuotaSpec{Hard: none}}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = client.CoreV1().LimitRanges(full).Create(ctx, &corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: full}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypePersistentVolumeClaim, Max: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
	}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = client.CoreV1().Services(namespace).Create(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "taken"}, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80, NodePort: 32000}}}}, metav1.CreateOptions{})
	require.NoError(t, err)
	// The quota counts before it is full, and limits are seen a moment after they are made.
	for _, d := range disagreements {
		if d.namespace != full {
			continue
		}
		m := elsewhere(t, manifest{d.what, []byte(d.text)}, full)
		require.Eventually(t, func() bool {
			err := api.create(ctx, m.text, true)
			return err != nil && strings.Contains(err.Error(), d.server)
		}, eventually, soon, d.what)
	}
}

const (
	docs  = root + "docs/check.md"
	begin = "<!-- The suite check writes this table. -->\n"
	end   = "<!-- End of the table. -->\n"
)

// page compares the table of docs/check.md with the disagreements, or writes it.
func page(t *testing.T) {
	t.Helper()
	table := "| The server refuses | with | here | because |\n|---|---|---|---|\n"
	for _, d := range disagreements {
		here := "admitted"
		if d.here != "" {
			here = "undecided"
		}
		table += fmt.Sprintf("| %s | `%s` | %s | %s |\n", d.what, d.server, here, d.why)
	}
	content, err := os.ReadFile(docs)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found, "docs/check.md has no place for the table")
	is, after, found := strings.Cut(rest, end)
	require.True(t, found, "docs/check.md has no place for the table")
	if *update {
		require.NoError(t, os.WriteFile(docs, []byte(before+begin+table+end+after), 0o644))
		return
	}
	require.Equal(t, table, is, "go test ./test/suite/check -run TestDisagreements -update writes it")
}

package helm

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

// What a revision's record has beside what is changed stays as it is, large numbers too.
func TestRewrite(t *testing.T) {
	t.Parallel()
	const record = `{"name":"app","version":1,"config":{"id":12345678901234567890},"manifest":"a","info":{"status":"pending-install","description":"Initial install underway","notes":"n"}}`
	client := fake.NewClientset(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "sh.helm.release.v1.app.v1", Namespace: "project", Labels: map[string]string{"owner": "helm", "name": "app", "status": "pending-install", "own": "label"}},
		Data:       map[string][]byte{"release": []byte(base64.StdEncoding.EncodeToString([]byte(record)))},
	})
	records := (&Cluster{Namespace: "project", Typed: client}).Records("app")
	all, err := records.All(t.Context())
	require.NoError(t, err)

	require.NoError(t, records.Settle(t.Context(), all[0], Failed, "cut off"))
	require.NoError(t, records.SetManifest(t.Context(), all[0], "b"))

	secret, err := client.CoreV1().Secrets("project").Get(t.Context(), all[0].Secret, metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"owner": "helm", "name": "app", "status": "failed", "own": "label"}, secret.Labels)
	content, err := unpack(secret)
	require.NoError(t, err)
	require.Contains(t, string(content), "12345678901234567890")
	var now, want any
	require.NoError(t, json.Unmarshal(content, &now))
	require.NoError(t, json.Unmarshal([]byte(`{"name":"app","version":1,"config":{"id":12345678901234567890},"manifest":"b","info":{"status":"failed","description":"cut off","notes":"n"}}`), &want))
	require.Equal(t, want, now)
}

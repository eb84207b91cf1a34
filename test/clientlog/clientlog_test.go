package clientlog

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// provoke makes client-go log an error, of an API server that cannot say which kinds there are, and a warning that it sends.
// It returns what is printed.
func provoke(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Warning", `299 - "this version is deprecated"`)
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer server.Close()
	printed, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer printed.Close()
	terminal := os.Stderr
	os.Stderr = printed
	defer func() { os.Stderr = terminal }()

	config := &rest.Config{Host: server.URL}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	_, err = memory.NewMemCacheClient(client).ServerPreferredResources()
	require.Error(t, err)
	typed, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	_, err = typed.CoreV1().Pods("default").List(context.Background(), metav1.ListOptions{})
	require.Error(t, err)

	klog.Flush()
	_, err = printed.Seek(0, io.SeekStart)
	require.NoError(t, err)
	text, err := io.ReadAll(printed)
	require.NoError(t, err)
	return string(text)
}

func TestDiscard(t *testing.T) {
	loud := provoke(t)
	require.Regexp(t, `(?m)^E\d{4} .*memcache.go`, loud, "the control: client-go, left alone")
	require.Regexp(t, `(?m)^[IW]\d{4} .*this version is deprecated`, loud)
	Discard()
	t.Cleanup(klog.ClearLogger)
	require.Empty(t, provoke(t))
}

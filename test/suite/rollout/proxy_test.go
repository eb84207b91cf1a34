package rollout

import (
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// proxy stands between a command and the API server, and does not answer the requests that it is to hold.
type proxy struct {
	// kubeconfig is the deployer's, through the proxy.
	kubeconfig string

	mutex  sync.Mutex
	holds  func(request) bool
	begun  chan struct{} // closed when the first one is held
	closed chan struct{}
	once   sync.Once
}

// request is what a rule decides by.
type request struct {
	method, path string
	body         []byte
}

// changesObjects says whether the request is a write to anything but Helm's records and the Lease.
func (r request) changesObjects() bool {
	return r.method != http.MethodGet && !strings.Contains(r.path, "/secrets") && !strings.Contains(r.path, "/leases") &&
		strings.Contains(r.path, "/namespaces/")
}

// newProxy returns a proxy that holds requests by a rule, until the test ends. The rule is called for one at a time.
func newProxy(t *testing.T, holds func(request) bool) *proxy {
	t.Helper()
	p := &proxy{holds: holds, begun: make(chan struct{}), closed: make(chan struct{})}
	target, err := url.Parse(admin.config.Host)
	require.NoError(t, err)
	transport, err := rest.TransportFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: admin.config.CAData, CAFile: admin.config.CAFile}})
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // watches
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// A command that is killed leaves its requests.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewTLSServer( // clients send no token without TLS
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			if p.isHeld(request{r.Method, r.URL.Path, body}) {
				p.once.Do(func() { close(p.begun) })
				select {
				case <-r.Context().Done():
				case <-p.closed:
				}
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			forward.ServeHTTP(w, r)
		}))
	t.Cleanup(func() {
		close(p.closed)
		server.CloseClientConnections()
		server.Close()
	})

	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	config, err := clientcmd.LoadFromFile(deployer)
	require.NoError(t, err)
	for _, c := range config.Clusters {
		c.Server, c.CertificateAuthority, c.CertificateAuthorityData = server.URL, "", authority
	}
	p.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, p.kubeconfig))
	return p
}

func (p *proxy) isHeld(r request) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.holds(r)
}

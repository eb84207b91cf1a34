package rollout

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// proxy stands between a command and the API server, and does not answer the requests that it is to hold.
type proxy struct {
	// kubeconfig is the deployer's, through the proxy.
	kubeconfig string

	mutex sync.Mutex
	holds func(request) bool
	// fails returns the status of a request that the API server does not get to see; 0 for all others. It may be nil.
	fails func(request) int
	begun chan struct{} // closed when the first one is held
	once  sync.Once
	// away says that it answers nobody: the API server cannot be reached.
	away atomic.Bool
	// warns says that all answers have a warning.
	warns atomic.Bool
	// released is closed when all are let through.
	released chan struct{}
	release  func()
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

// writes says whether the request may change something, the Lease left out.
func (r request) writes() bool {
	return r.method != http.MethodGet && !strings.Contains(r.path, "/leases")
}

// records says whether the request makes Helm's record of a revision.
func (r request) records(release string, revision int) bool {
	return r.method == http.MethodPost && bytes.Contains(r.body, []byte(fmt.Sprintf("sh.helm.release.v1.%s.v%d", release, revision)))
}

// isHolding is the condition that a request is held.
func (p *proxy) isHolding(context.Context) error {
	select {
	case <-p.begun:
		return nil
	default:
		return errors.New("not yet")
	}
}

// newProxy returns a proxy that holds requests by a rule, until release is called or the test ends. The rule is called for
// one at a time.
func newProxy(t *testing.T, holds func(request) bool) *proxy {
	t.Helper()
	p := &proxy{holds: holds, begun: make(chan struct{}), released: make(chan struct{})}
	p.release = sync.OnceFunc(func() { close(p.released) })
	target, err := url.Parse(admin.Config.Host)
	require.NoError(t, err)
	transport, err := rest.TransportFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: admin.Config.CAData, CAFile: admin.Config.CAFile}})
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // watches
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// A command that is killed leaves its requests.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewTLSServer( // clients send no token without TLS
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p.away.Load() {
				panic(http.ErrAbortHandler)
			}
			if p.warns.Load() {
				w.Header().Set("Warning", `299 - "the API server warns"`)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			if p.isHeld(request{r.Method, r.URL.Path, body}) {
				p.once.Do(func() { close(p.begun) })
				select {
				case <-r.Context().Done():
					return
				case <-p.released:
				}
			}
			if code := p.failure(request{r.Method, r.URL.Path, body}); code != 0 {
				http.Error(w, http.StatusText(code), code)
				return
			}
			forward.ServeHTTP(w, r)
		}))
	t.Cleanup(func() {
		p.release()
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
	select {
	case <-p.released:
		return false
	default:
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.holds(r)
}

// failure is the status of a request that fails by the rule; 0 if it does not.
func (p *proxy) failure(r request) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.fails == nil {
		return 0
	}
	return p.fails(r)
}

// failing lets requests fail by a rule from now on.
func (p *proxy) failing(rule func(request) int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.fails = rule
}

// anything is the rule that holds every write to an object.
func anything(r request) bool { return r.changesObjects() }

// nothing is the rule that holds no request.
func nothing(request) bool { return false }

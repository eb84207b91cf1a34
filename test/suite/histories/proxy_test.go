package histories

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// proxy stands between the deploys of a history and the API server. It knows when a deploy has got how far, and can be ill.
type proxy struct {
	// kubeconfig is the deployer's, through the proxy.
	kubeconfig string
	server     *httptest.Server
	gate       *gate

	mutex            sync.Mutex
	requests, writes int // since begin
	events           []*event
	ill              *trouble
}

// trouble that began, and when it ends.
type trouble struct {
	model.Trouble
	until time.Time
}

// event happens once, at a moment.
type event struct {
	at model.Moment
	do func()
	// loses says that the request at which it happens is lost, if it was not answered.
	loses bool
	done  bool
}

type afterwards struct{}

// newProxy returns a proxy for a deployer's kubeconfig, which is closed when ctx ends.
func newProxy(ctx context.Context, deployer, folder string) (*proxy, error) {
	target, err := url.Parse(admin.Config.Host)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: admin.Config.CAData, CAFile: admin.Config.CAFile}})
	if err != nil {
		return nil, err
	}
	p := &proxy{}
	if p.gate, err = newGate(); err != nil {
		return nil, err
	}
	forward := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, // watches
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			for _, e := range r.Request.Context().Value(afterwards{}).([]*event) {
				e.do()
			}
			return nil
		},
		// A command that is killed leaves its requests.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before, after, ill := p.pass(r)
		for _, e := range before {
			e.do()
			if e.loses {
				panic(http.ErrAbortHandler)
			}
		}
		if ill != nil && !suffer(w, r, *ill) {
			return
		}
		forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), afterwards{}, after)))
	}))
	_ = p.server.Listener.Close()
	p.server.Listener = p.gate
	p.server.Config.ErrorLog = silent
	p.server.StartTLS() // clients send no token without TLS
	context.AfterFunc(ctx, func() {
		p.server.CloseClientConnections()
		p.server.Close()
	})

	config, err := clientcmd.LoadFromFile(deployer)
	if err != nil {
		return nil, err
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	for _, c := range config.Clusters {
		c.Server, c.CertificateAuthority, c.CertificateAuthorityData = p.server.URL, "", authority
	}
	p.kubeconfig = filepath.Join(folder, "through-the-proxy")
	return p, clientcmd.WriteToFile(*config, p.kubeconfig)
}

// begin counts from now on, for what is to happen. What there was of a trouble is over.
func (p *proxy) begin(events ...*event) {
	p.gate.open()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests, p.writes, p.events, p.ill = 0, 0, events, nil
}

// fallIll begins a trouble, which ends by itself.
func (p *proxy) fallIll(t model.Trouble) {
	lasts := time.Duration(t.Millis) * time.Millisecond
	if t.Ill == model.Refuses {
		p.gate.refuse(lasts)
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.ill = &trouble{t, time.Now().Add(lasts)}
}

func isWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/leases") && strings.Contains(r.URL.Path, "/namespaces/")
}

// pass counts a request, and returns what happens at it, and how ill the proxy is.
func (p *proxy) pass(r *http.Request) (before, after []*event, ill *trouble) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests++
	write := isWrite(r)
	if write {
		p.writes++
	}
	for _, e := range p.events {
		n := p.requests
		if e.at.Writes {
			if !write {
				continue
			}
			n = p.writes
		}
		if e.done || e.at.Pods || n != e.at.Number {
			continue
		}
		e.done = true
		if e.at.Answered {
			after = append(after, e)
		} else {
			before = append(before, e)
		}
	}
	if p.ill != nil && time.Now().Before(p.ill.until) && concerns(p.ill.Scope, r) {
		ill = p.ill
	}
	return before, after, ill
}

// concerns says whether a request is in a trouble's scope.
func concerns(scope model.Scope, r *http.Request) bool {
	switch scope {
	case model.Writes:
		return isWrite(r)
	case model.Records:
		return strings.Contains(r.URL.Path, "/secrets")
	case model.Leases:
		return strings.Contains(r.URL.Path, "/leases")
	}
	return true
}

// codes are the answers of a server in trouble.
var codes = map[model.Ill]struct {
	code   int
	reason metav1.StatusReason
}{
	model.Forbidden:       {http.StatusForbidden, metav1.StatusReasonForbidden},
	model.TooManyRequests: {http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests},
	model.ServerError:     {http.StatusInternalServerError, metav1.StatusReasonInternalError},
	model.Unavailable:     {http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable},
}

// suffer answers as a trouble has it, and says whether the request goes on to the server.
func suffer(w http.ResponseWriter, r *http.Request, t trouble) bool {
	switch t.Ill {
	case model.Delays:
		select {
		case <-r.Context().Done():
			return false
		case <-time.After(time.Second):
			return true
		}
	case model.Away:
		select {
		case <-r.Context().Done():
		case <-time.After(time.Until(t.until)):
		}
		panic(http.ErrAbortHandler)
	case model.Resets:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			if secure, ok := conn.(*tls.Conn); ok {
				conn = secure.NetConn()
			}
			if ours, ok := conn.(*gated); ok {
				conn = ours.Conn
			}
			reset(conn)
		}
		return false
	}
	answer := codes[t.Ill]
	w.Header().Set("Content-Type", "application/json")
	if answer.code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(answer.code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(answer.code), Reason: answer.reason, Message: fmt.Sprintf("simulated: the API server %s", t.Ill),
	})
	return false
}

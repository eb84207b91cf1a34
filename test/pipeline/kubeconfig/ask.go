package kubeconfig

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// askTimeout bounds one request. An API server answers this one in milliseconds.
	askTimeout = 10 * time.Second
	// patience is how long a server that does not answer is asked again: it may just be replaced.
	patience      = 15 * time.Second
	askInterval   = 2 * time.Second
	renewalNotice = 14 * 24 * time.Hour
)

// ask asks the API server for what a deploy needs first, with the credentials of a deploy.
func (a *access) ask(ctx context.Context, o Options) error {
	config, err := clientcmd.NewDefaultClientConfig(*a.config, nil).ClientConfig()
	if err != nil {
		return err
	}
	config.Timeout = askTimeout
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	// The deployer may read its own namespace.
	var answer error
	err = wait.PollUntilContextTimeout(ctx, askInterval, patience, true, func(ctx context.Context) (bool, error) {
		_, answer = client.CoreV1().Namespaces().Get(ctx, o.Namespace, metav1.GetOptions{})
		return !maybeLater(answer), nil
	})
	if answer != nil {
		return a.explain(answer, o)
	}
	if err != nil {
		return err
	}
	a.tell(o)
	return a.askPullSecret(ctx, client, o)
}

// maybeLater says whether the same question may get another answer soon.
func maybeLater(err error) bool {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return apierrors.IsServiceUnavailable(err) || apierrors.IsTooManyRequests(err) || apierrors.IsInternalError(err) || apierrors.IsTimeout(err)
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) && lookup.IsNotFound {
		return false
	}
	var network net.Error
	return errors.As(err, &network) && !isTLS(err)
}

// isTLS says whether the server was reached, but TLS was not agreed on.
func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// refusedUser finds who the API server took the token for in its refusal.
var refusedUser = regexp.MustCompile(`User "([^"]*)"`)

// explain says what an error of the first request means for whoever set the variables.
func (a *access) explain(err error, o Options) error {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		lookup    *net.DNSError
		network   net.Error
		status    apierrors.APIStatus
	)
	switch {
	case errors.As(err, &authority):
		signer := ""
		if authority.Cert != nil {
			signer = fmt.Sprintf(" (that is from %q)", authority.Cert.Issuer)
		}
		return fmt.Errorf("%s did not sign the certificate of %s%s: it is another cluster's, or a proxy in between answers. "+
			"Take `certificate-authority-data` from a kubeconfig of that very cluster", a.caName, a.server, signer)
	case errors.As(err, &host):
		return fmt.Errorf("%s is %s, but the certificate there is for other names: %w. Write the server's address with one of its names",
			a.serverName, a.server, host)
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: the certificate of %s is not valid: %w", a.serverName, a.server, invalid)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Errorf("%s is %s, where nothing speaks TLS: it is the API server's address with its port, often 6443", a.serverName, a.server)
	case errors.As(err, &lookup):
		return fmt.Errorf("%s is %s, whose host name this runner does not find (%w)", a.serverName, a.server, lookup)
	case errors.As(err, &status):
		return a.explainStatus(err, status.Status(), o)
	case errors.As(err, &network):
		return fmt.Errorf("%s is %s, which this runner does not reach: firewall, VPN, or the address is wrong (%w)", a.serverName, a.server, err)
	default:
		return fmt.Errorf("%s is %s, which does not answer as an API server of Kubernetes does: %w", a.serverName, a.server, err)
	}
}

func (a *access) explainStatus(err error, status metav1.Status, o Options) error {
	isAboutNamespace := status.Details != nil && status.Details.Kind == "namespaces"
	switch {
	case apierrors.IsUnexpectedServerError(err): // not in Kubernetes' own format
		return fmt.Errorf("%s is %s, which does not answer as an API server of Kubernetes does: %w", a.serverName, a.server, err)
	case apierrors.IsUnauthorized(err) && a.tokenName == IDToken && decode(a.token) != nil:
		c := decode(a.token)
		return fmt.Errorf("%s sets no token, and %s does not take the job's ID token (%s) in its place, which %s has signed for %v: "+
			"either its AuthenticationConfiguration (ci/authentication.yaml, docs/project.md) does not name this GitLab and this "+
			"audience, or it refuses jobs of this kind; the API server's log says which", o.prefix()+"TOKEN", a.server, IDToken, c.Issuer, c.Audience)
	case apierrors.IsUnauthorized(err):
		why := "it is another cluster's, or has ended with its account"
		if claims := decode(a.token); claims != nil && claims.isOver() {
			why = "it has expired on " + claims.expiry().UTC().Format("2006-01-02 15:04 MST")
		}
		return fmt.Errorf("%s is refused by %s: %s. An administrator of the cluster makes a new one: kubectl create token deployer "+
			"--namespace %s --duration 720h", a.tokenName, a.server, why, o.Namespace)
	case apierrors.IsForbidden(err) && isAboutNamespace:
		who := ""
		if match := refusedUser.FindStringSubmatch(status.Message); match != nil {
			who = fmt.Sprintf(" It belongs to %s.", match[1])
		}
		if c := decode(a.token); a.tokenName == IDToken && c != nil {
			return fmt.Errorf("%s is valid on %s, but not for namespace %s: either the namespace is not there, or this project does not "+
				"deploy there.%s An administrator of the cluster lets it, with charts/project: --set deployer.gitlab.projects.%s=true",
				a.tokenName, a.server, o.Namespace, who, c.Project)
		}
		return fmt.Errorf("%s is valid on %s, but not for namespace %s: either the namespace is not there, or the token is not its deployer's.%s %s",
			a.tokenName, a.server, o.Namespace, who, o.project())
	case apierrors.IsNotFound(err) && isAboutNamespace && status.Details.Name == o.Namespace:
		return fmt.Errorf("namespace %s is not there on %s, and a deploy cannot make it. %s", o.Namespace, a.server, o.project())
	default:
		return fmt.Errorf("%s is %s, which does not answer as expected: %w", a.serverName, a.server, err)
	}
}

// project says how the namespace comes to be.
func (o Options) project() string {
	return fmt.Sprintf("An administrator of the cluster makes it, with its deployer: helm upgrade --install %s charts/project "+
		"--namespace projects --create-namespace --set environment=%s", o.Namespace, o.Environment)
}

// tell tells who deploys, and in time that the token is about to end.
func (a *access) tell(o Options) {
	who := "a context of the GitLab agent"
	claims := decode(a.token)
	if a.token != "" {
		who = "a token"
		if claims != nil && claims.Subject != "" {
			who = claims.Subject
		}
	}
	fmt.Fprintf(o.Progress, "environment %s is namespace %s on %s, as %s\n", o.Environment, o.Namespace, a.server, who)
	if claims == nil || claims.Expires == 0 || a.tokenName == IDToken { // which ends with the job
		return
	}
	if left := time.Until(claims.expiry()); left < renewalNotice {
		fmt.Fprintf(o.Progress, "WARNING: %s expires on %s; renew it before\n", a.tokenName, claims.expiry().UTC().Format("2006-01-02 15:04 MST"))
	}
}

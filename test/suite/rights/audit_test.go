package rights

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// right is what one rule of a Role grants and one request needs.
type right struct {
	group, resource, verb string // resource with its subresource: pods/log
}

func (r right) String() string {
	if r.group == "" {
		return r.resource + " " + r.verb
	}
	return r.resource + "." + r.group + " " + r.verb
}

// attributes returns the right as the API server is asked for it.
func (r right) attributes(namespace string) authorizationv1.ResourceAttributes {
	return authorizationv1.ResourceAttributes{Namespace: namespace, Group: r.group, Resource: r.resource, Verb: r.verb}
}

type rights map[right]bool

// rightsOf returns what rules grant, one by one.
func rightsOf(rules []rbacv1.PolicyRule) rights {
	all := rights{}
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all[right{group, resource, verb}] = true
				}
			}
		}
	}
	return all
}

// with returns the rights and the others.
func (r rights) with(others rights) rights {
	both := maps.Clone(r)
	maps.Copy(both, others)
	return both
}

// without returns the rights that are not among others.
func (r rights) without(others rights) rights {
	rest := rights{}
	for right := range r {
		if !others[right] {
			rest[right] = true
		}
	}
	return rest
}

// sorted returns the rights as text.
func (r rights) sorted() []string {
	var all []string
	for right := range r {
		all = append(all, right.String())
	}
	slices.Sort(all)
	return all
}

// usage is what the API server was asked for by one user.
type usage struct {
	// granted by the deployer's Role; what every authenticated user may do, such as discovery, is left out.
	granted rights
	// refused for the lack of a right.
	refused rights
}

// usageOf reads the audit log.
func usageOf(t *testing.T, user string) usage {
	t.Helper()
	log, err := os.Open(admin.AuditLog)
	require.NoError(t, err)
	defer log.Close()

	u := usage{granted: rights{}, refused: rights{}}
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return u // at the end, perhaps within a line that is being written
		}
		if bytes.Contains(line, []byte(`"`+user+`"`)) {
			var event auditv1.Event
			require.NoError(t, json.Unmarshal(line, &event))
			u.add(event)
		}
	}
}

// Annotations that the API server's authorizer adds to an event of the audit log.
// https://kubernetes.io/docs/reference/labels-annotations-taints/audit-annotations/
const (
	decision = "authorization.k8s.io/decision"
	reason   = "authorization.k8s.io/reason"
)

// add adds what one event of the log says.
func (u usage) add(event auditv1.Event) {
	asked := right{resource: event.RequestURI, verb: event.Verb} // no resource: discovery
	if object := event.ObjectRef; object != nil {
		asked.group, asked.resource = object.APIGroup, object.Resource
		if object.Subresource != "" {
			asked.resource += "/" + object.Subresource
		}
	}
	switch {
	case event.Annotations[decision] != "allow":
		u.refused[asked] = true
	case strings.Contains(event.Annotations[reason], `of Role "`+deployer+`"`):
		u.granted[asked] = true
	}
	// A patch that would make its object is checked a second time, without an annotation.
	if status := event.ResponseStatus; status != nil && status.Code == http.StatusForbidden && strings.Contains(status.Message, "cannot create resource") {
		asked.verb = "create"
		u.refused[asked] = true
	}
}

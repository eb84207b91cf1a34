package takeover

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// requireRights fails, before anything changes, if a right is missing that Helm itself does not need. (What Helm needs, it asks for
// when it renders, or fails with.)
func (t *takeover) requireRights(ctx context.Context, p *plan) error {
	type right struct{ group, resource, verb string }
	var needed []right
	if len(p.services) > 0 {
		for _, verb := range []string{"list", "create", "delete"} {
			needed = append(needed, right{"discovery.k8s.io", "endpointslices", verb})
		}
	}
	if len(p.of(leave)) > 0 {
		needed = append(needed, right{"apps", "replicasets", "delete"}, right{"", "pods", "patch"}, right{"", "pods", "delete"})
	}
	var missing []string
	for _, r := range needed {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: t.cluster.Namespace, Group: r.group, Resource: r.resource, Verb: r.verb},
		}}
		answer, err := t.cluster.Typed.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if !answer.Status.Allowed {
			missing = append(missing, r.verb+" "+r.resource)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("a takeover needs rights in namespace %s that are missing: %s; an administrator grants them with "+
			"deployer.features.takeover=true in the values of charts/project, until all services are taken over", t.cluster.Namespace, strings.Join(missing, ", "))
	}
	return nil
}

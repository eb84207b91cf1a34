//go:build e2e

package pipeline

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

// A merge request is deployed into an environment of its own where the service asks for that, until that is stopped; with
// the variables that an unprotected branch gets.
func TestReview(t *testing.T) {
	t.Parallel()
	s := newService(t, "review")
	review := s.environments["review"]
	s.inputs["review"], s.inputs["review-namespace"], s.inputs["review-domain"] = true, review.namespace, review.namespace+".example.com"
	const release = serviceName + "-mr-7"
	host := shared.NewHost(t, "api.mr-7."+review.namespace+".example.com", review.namespace, release+"-tls")
	for name, value := range map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7",
		"CI_PROJECT_ID": "41", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "41",
	} {
		s.set(name, "variable", value)
	}
	s.checkout("feature")
	run := s.mergeRequest()
	require.True(t, run.green)
	require.NotContains(t, run.jobs, "deploy")
	answer := host.WaitForAnswer(t, basePath, run.tag("review"))
	require.Equal(t, "hello from dev", answer.Message)

	t.Run("of a fork it is not", func(t *testing.T) {
		s := s.in(t)
		s.set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "variable", "42")
		defer s.set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "variable", "41")
		run := s.mergeRequest()
		require.True(t, run.green)
		for _, name := range []string{"build", "review", "deploy"} {
			require.NotContains(t, run.jobs, name)
		}
	})

	stopped := s.mergeRequest("stop-review")
	require.True(t, stopped.green)
	kindcluster.Eventually(t, "the review environment is gone", gone(review.namespace, release))
	_, err := shared.Client.CoreV1().Secrets(review.namespace).Get(t.Context(), "regcred", metav1.GetOptions{})
	require.False(t, apierrors.IsNotFound(err), "the project stays")
}

// mergeRequest runs the pipeline of a merge request of the branch that is checked out, or jobs of the newest one.
func (s service) mergeRequest(jobs ...string) pipeline {
	s.t.Helper()
	return s.execute(append([]string{"--unset-variable", "CI_COMMIT_BRANCH"}, jobs...)...)
}

// gone returns nil once nothing of a release is in a namespace.
func gone(namespace, release string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		list, err := shared.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + release})
		if err == nil && len(list.Items) > 0 {
			err = errors.New("there are pods")
		}
		return err
	}
}

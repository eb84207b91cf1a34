package deploy

import (
	"context"
	"os/exec"
	"time"

	"gitlab.example.com/platform/slipway/test/suite/explain"
)

// explainFailure prints, if the test fails, Helm's history and what the controllers said in the namespaces.
func (r release) explainFailure(namespaces ...string) {
	explain.Failure(r.t, admin.Typed, namespaces...)
	r.t.Cleanup(func() {
		if !r.t.Failed() {
			return
		}
		// The test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		history := exec.CommandContext(ctx, r.program.Path("helm"), "history", r.name, "--namespace", r.namespace, "--kubeconfig", admin.Kubeconfig)
		output, _ := history.CombinedOutput()
		r.t.Logf("helm history %s --namespace %s\n%s", r.name, r.namespace, output)
	})
}

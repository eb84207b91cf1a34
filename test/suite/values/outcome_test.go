package values

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/render"
)

// outcome is what becomes of the values of a case.
type outcome string

const (
	accepted      outcome = "accepted by the server"
	refusedByUs   outcome = "refused by the chart's messages"
	refusedRandom outcome = "refused by the server, in what is passed to Kubernetes"
	// The others are bugs.
	refusedBySchema outcome = "refused by the schema, from which they were drawn"
	failed          outcome = "fails to render, in no words of the chart's"
	refusedByServer outcome = "refused by the server"
	unsound         outcome = "rendered, but not sound"
	notRestricted   outcome = "has a pod that Pod Security restricted does not admit"
)

// bug says whether an outcome fails the test.
func (o outcome) bug() bool { return o != accepted && o != refusedByUs && o != refusedRandom }

// try renders the values of a case and asks the server about every object. The error says why it is not accepted.
func try(ctx context.Context, chart *render.Chart, d draft) (outcome, error) {
	manifests, err := render.Render(ctx, chart, render.Release{Name: releaseName, Namespace: unrestricted}, d.values)
	if err != nil {
		return kindOf(err), err
	}
	if err := sound(manifests); err != nil {
		return unsound, err
	}
	for _, document := range manifests.Documents {
		if err := refusal(ctx, document); err != nil {
			if d.wild {
				return refusedRandom, err
			}
			return refusedByServer, fmt.Errorf("%s: %w", document.Template, err)
		}
	}
	if d.wild || d.loose {
		return accepted, nil
	}
	if err := admitted(ctx, manifests); err != nil {
		return notRestricted, err
	}
	return accepted, nil
}

// kindOf says what an error of Helm is.
func kindOf(err error) outcome {
	switch {
	case strings.Contains(err.Error(), "values don't meet the specifications of the schema"):
		return refusedBySchema
	case strings.Contains(err.Error(), "(microservice/templates/mistakes/mistakes.yaml:"):
		return refusedByUs
	default:
		return failed
	}
}

// refusal is what the server says against a document in the project unrestricted. That of the document is checked as a
// name: it need not be there.
func refusal(ctx context.Context, document render.Document) error {
	object := document.Object.DeepCopy()
	if namespace := object.GetNamespace(); namespace != "" && namespace != unrestricted {
		made := &unstructured.Unstructured{}
		made.SetAPIVersion("v1")
		made.SetKind("Namespace")
		made.SetName(namespace)
		if err := api.refusal(ctx, made); err != nil {
			return err
		}
		object.SetNamespace(unrestricted)
	}
	if object.GetKind() == "Pod" {
		if err := standAlone(object); err != nil {
			return err
		}
	}
	return api.refusal(ctx, object)
}

// admitted says which pod that the manifests make is not admitted in the namespace restricted.
func admitted(ctx context.Context, manifests render.Manifests) error {
	pods, err := podTemplates(manifests)
	if err != nil {
		return err
	}
	if len(pods) == 0 {
		return errors.New("no pod")
	}
	for _, template := range pods {
		pod, err := template.pod()
		if err != nil {
			return err
		}
		if err := api.refusal(ctx, pod); err != nil {
			return fmt.Errorf("pod of %s: %w", template.of, err)
		}
	}
	return nil
}

// standAlone removes from a pod what it refers to and is not there in a dry run: its account, its priority class and its runtime class.
func standAlone(pod *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(pod.Object, "spec", "priorityClassName")
	unstructured.RemoveNestedField(pod.Object, "spec", "runtimeClassName")
	return unstructured.SetNestedField(pod.Object, "default", "spec", "serviceAccountName")
}

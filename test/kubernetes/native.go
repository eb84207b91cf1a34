package kubernetes

import (
	"context"
	"errors"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// native is a document as the Go type of its kind, with the API server's defaults.
type native struct {
	object   runtime.Object // nil if it is of no such type
	problems []Problem
}

var strict = json.NewSerializerWithOptions(json.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme, json.SerializerOptions{Strict: true})

// decode reads an object as the API server does with fieldValidation=Strict.
func decode(r reading) (n native) {
	object, _, err := strict.Decode(r.json, nil, nil)
	if err != nil {
		n.problems = problemsOf(err)
	}
	if object != nil {
		legacyscheme.Scheme.Default(object)
		n.object = object
	}
	return n
}

// internal returns a copy of the object in the form that the API server's rules are about.
func (n native) internal() (runtime.Object, error) {
	return legacyscheme.Scheme.ConvertToVersion(n.object, runtime.InternalGroupVersioner)
}

// judge has the API server's rules for one kind at hand.
type judge struct {
	strategy strategy
	kind     catalogue.Kind
}

// context is that of a request for an object of the kind.
func (j judge) context(verb, namespace string, object metav1.Object) context.Context {
	if !j.kind.Namespaced {
		namespace = ""
	}
	if _, isNamespace := object.(*core.Namespace); isNamespace {
		namespace = object.GetName()
	}
	gv := groupVersion(j.kind.GroupVersion)
	// The API server logs when two of its checks find the same.
	ctx := klog.NewContext(request.WithNamespace(context.Background(), namespace), logr.Discard())
	return request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true, Verb: verb, APIPrefix: "apis", APIGroup: gv.Group, APIVersion: gv.Version,
		Resource: j.kind.Resource, Namespace: namespace, Name: object.GetName(),
	})
}

// Of what the registry's Store draws at random or from the clock, the rules' messages are to hold the same each time.
const (
	sameUID    = "00000000-0000-0000-0000-000000000000"
	sameSuffix = "xxxxx"
)

var sameTime = metav1.Unix(0, 0)

// create returns what the rules say of creating an internal object, and makes it what would be stored.
func (j judge) create(object runtime.Object, namespace string) (v verdict) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return verdict{problems: problemsOfStatus(err)}
	}
	rest.WipeObjectMetaSystemFields(accessor)
	if j.kind.Namespaced && accessor.GetNamespace() != "" {
		namespace = accessor.GetNamespace() // it is sent there
	}
	var warned warnings
	ctx := warning.WithWarningRecorder(j.context("create", namespace, accessor), &warned)
	// As the registry's Store does.
	rest.FillObjectMetaSystemFields(accessor)
	accessor.SetUID(sameUID)
	accessor.SetCreationTimestamp(sameTime)
	if prefix := accessor.GetGenerateName(); prefix != "" && accessor.GetName() == "" {
		name := j.strategy.GenerateName(prefix)
		accessor.SetName(name[:max(0, len(name)-len(sameSuffix))] + sameSuffix)
	}
	var undecided []Problem
	if service, ok := object.(*core.Service); ok {
		service.Namespace = namespace
		if v.problems, undecided = allocate(ctx, service, nil); len(v.problems) > 0 {
			return v
		}
	}
	v.problems = append(problemsOfStatus(rest.BeforeCreate(j.strategy, ctx, object)), undecided...)
	if len(v.problems) == 0 {
		v.problems = levels(object)
	}
	v.warnings = warned
	return v
}

// store makes an internal object what is stored of it. What the rules say against it was said when it was created.
func (j judge) store(object runtime.Object, namespace string) {
	j.create(object, namespace)
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetResourceVersion("1")
	}
}

// update returns what the rules say of replacing a stored object by another.
func (j judge) update(object, stored runtime.Object, namespace string) []Problem {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return problemsOfStatus(err)
	}
	if j.kind.Namespaced && accessor.GetNamespace() != "" {
		namespace = accessor.GetNamespace()
	}
	ctx := j.context("update", namespace, accessor)
	var undecided []Problem
	if service, ok := object.(*core.Service); ok {
		var refused []Problem
		if refused, undecided = allocate(ctx, service, stored.(*core.Service)); len(refused) > 0 {
			return refused
		}
	}
	problems := append(problemsOfStatus(rest.BeforeUpdate(j.strategy, ctx, object, stored)), undecided...)
	if len(problems) == 0 && len(levels(stored)) == 0 {
		problems = levels(object)
	}
	return problems
}

// problemsOfStatus returns what an API server's error says, one problem for each field.
func problemsOfStatus(err error) []Problem {
	if err == nil {
		return nil
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil && len(status.Status().Details.Causes) > 0 {
		var problems []Problem
		for _, cause := range status.Status().Details.Causes {
			path := cause.Field
			if path == "<nil>" { // the whole object
				path = ""
			}
			problems = append(problems, Problem{Path: path, Message: cause.Message, Source: Rules})
		}
		return problems
	}
	return []Problem{{Message: err.Error(), Source: Rules}}
}

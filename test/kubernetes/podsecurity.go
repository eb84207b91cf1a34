package kubernetes

import (
	"fmt"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

var evaluator = sync.OnceValues(func() (policy.Evaluator, error) { return policy.NewEvaluator(policy.DefaultChecks(), nil) })

// PodSecurity returns what a level ("privileged", "baseline" or "restricted"), as it is in the version, is against in
// the object's pods; nothing for an object that makes none, or that cannot be read, which Create says. It fails for an
// unknown version or level.
func (v Version) PodSecurity(d *Document, level string) (problems []Problem, err error) {
	defer survive(&problems)
	if _, err := v.index(); err != nil {
		return nil, err
	}
	parsed, err := api.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	evaluator, err := evaluator()
	if err != nil {
		return nil, err
	}
	if d.read().illegible != nil {
		return nil, nil
	}
	path, metadata, spec := pods(d.native().object)
	if spec == nil {
		return nil, nil
	}
	for _, result := range evaluator.EvaluatePod(api.LevelVersion{Level: parsed, Version: api.MajorMinorVersion(1, v.minor())}, metadata, spec) {
		if result.Allowed {
			continue
		}
		message := result.ForbiddenReason
		if result.ForbiddenDetail != "" {
			message += fmt.Sprintf(" (%s)", result.ForbiddenDetail)
		}
		problems = append(problems, Problem{Path: path, Message: message, Source: PodSecurity})
	}
	return problems, nil
}

// levels returns what the admission plugin of Pod Security has against a namespace's labels, which it asks for after the
// rules.
func levels(object runtime.Object) []Problem {
	namespace, ok := object.(*core.Namespace)
	if !ok {
		return nil
	}
	var problems []Problem
	_, errs := api.PolicyToEvaluate(namespace.Labels, api.Policy{})
	for _, err := range errs {
		problems = append(problems, Problem{Path: err.Field, Message: err.ErrorBody(), Source: Rules})
	}
	return problems
}

// pods returns the pod that an object is or makes, and where it stands in the object; nil if there is none.
func pods(object runtime.Object) (path string, metadata *metav1.ObjectMeta, spec *corev1.PodSpec) {
	const template = "spec.template.spec"
	of := func(path string, t *corev1.PodTemplateSpec) (string, *metav1.ObjectMeta, *corev1.PodSpec) {
		if t == nil {
			return "", nil, nil
		}
		return path, &t.ObjectMeta, &t.Spec
	}
	switch o := object.(type) {
	case *corev1.Pod:
		return "spec", &o.ObjectMeta, &o.Spec
	case *corev1.PodTemplate:
		return of("template.spec", &o.Template)
	case *corev1.ReplicationController:
		return of(template, o.Spec.Template)
	case *appsv1.ReplicaSet:
		return of(template, &o.Spec.Template)
	case *appsv1.Deployment:
		return of(template, &o.Spec.Template)
	case *appsv1.DaemonSet:
		return of(template, &o.Spec.Template)
	case *appsv1.StatefulSet:
		return of(template, &o.Spec.Template)
	case *batchv1.Job:
		return of(template, &o.Spec.Template)
	case *batchv1.CronJob:
		return of("spec.jobTemplate.spec.template.spec", &o.Spec.JobTemplate.Spec.Template)
	}
	return "", nil, nil
}

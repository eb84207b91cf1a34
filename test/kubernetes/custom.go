package kubernetes

import (
	"encoding/json"
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/crdserverscheme"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// customKind is one version of a custom kind, with what the API server makes of its definition.
type customKind struct {
	judge
	schema *structuralschema.Structural
}

// customKinds returns the kinds of the definitions, and adds to wide those that are in no namespace. Each is made ready, which
// takes a while, when it is asked for.
func customKinds(definitions []json.RawMessage, wide map[schema.GroupKind]bool) (map[schema.GroupVersionKind]func() (*customKind, error), error) {
	kinds := map[schema.GroupVersionKind]func() (*customKind, error){}
	for _, content := range definitions {
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := json.Unmarshal(content, definition); err != nil {
			return nil, fmt.Errorf("definition of a custom kind: %w", err)
		}
		if definition.Spec.Scope == apiextensionsv1.ClusterScoped {
			wide[schema.GroupKind{Group: definition.Spec.Group, Kind: definition.Spec.Names.Kind}] = true
		}
		for _, version := range definition.Spec.Versions {
			kind := schema.GroupVersionKind{Group: definition.Spec.Group, Version: version.Name, Kind: definition.Spec.Names.Kind}
			kinds[kind] = sync.OnceValues(func() (*customKind, error) {
				made, err := newCustomKind(kind, definition, version)
				if err != nil {
					return nil, fmt.Errorf("definition of %s: %w", kind, err)
				}
				return made, nil
			})
		}
	}
	return kinds, nil
}

// newCustomKind does what apiextensions-apiserver does when it begins to serve a version of a definition.
func newCustomKind(kind schema.GroupVersionKind, definition *apiextensionsv1.CustomResourceDefinition, version apiextensionsv1.CustomResourceDefinitionVersion) (*customKind, error) {
	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, props, nil); err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(props)
	if err != nil {
		return nil, err
	}
	structural = structural.DeepCopy()
	if err := defaulting.PruneDefaults(structural); err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(props)
	if err != nil {
		return nil, err
	}
	var status *apiextensions.CustomResourceSubresourceStatus
	var scale *apiextensions.CustomResourceSubresourceScale
	if version.Subresources != nil && version.Subresources.Status != nil {
		status = &apiextensions.CustomResourceSubresourceStatus{}
	}
	if version.Subresources != nil && version.Subresources.Scale != nil {
		scale = &apiextensions.CustomResourceSubresourceScale{}
		if err := apiextensionsv1.Convert_v1_CustomResourceSubresourceScale_To_apiextensions_CustomResourceSubresourceScale(version.Subresources.Scale, scale, nil); err != nil {
			return nil, err
		}
	}
	namespaced := definition.Spec.Scope == apiextensionsv1.NamespaceScoped
	return &customKind{
		judge: judge{
			strategy: customresource.NewStrategy(crdserverscheme.NewUnstructuredObjectTyper(), namespaced, kind, validator, nil, structural, status, scale, version.SelectableFields),
			kind:     catalogue.Kind{GroupVersion: kind.GroupVersion().String(), Kind: kind.Kind, Resource: definition.Spec.Names.Plural, Namespaced: namespaced},
		},
		schema: structural,
	}, nil
}

// decode reads an object as apiextensions-apiserver does with fieldValidation=Strict; nil if it cannot.
func (c *customKind) decode(r reading) (*unstructured.Unstructured, []Problem) {
	content := map[string]any{}
	repeated, err := kjson.UnmarshalStrict(r.json, &content)
	if err != nil {
		return nil, problemsOf(err)
	}
	var problems []Problem
	for _, err := range repeated {
		problems = append(problems, problemsOf(err)...)
	}
	metadata, found, unknown, err := objectmeta.GetObjectMetaWithOptions(content, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, append(problems, problemsOf(err)...)
	}
	unknown = append(unknown, pruning.PruneWithOptions(content, c.schema, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(content, c.schema)
	failure, embedded := objectmeta.CoerceWithOptions(nil, content, c.schema, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if failure != nil {
		return nil, append(problems, Problem{Path: failure.Field, Message: failure.ErrorBody(), Source: Fields})
	}
	for _, path := range append(unknown, embedded...) {
		problems = append(problems, Problem{Path: path, Message: fmt.Sprintf("unknown field %q", path), Source: Fields})
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(r.kind)
	if found {
		if err := objectmeta.SetObjectMeta(content, metadata); err != nil {
			return nil, append(problems, problemsOf(err)...)
		}
	}
	defaulting.Default(content, c.schema)
	return object, problems
}

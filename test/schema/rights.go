package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	kinds "k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// rightsFile is where the deployer's rights to what a chart makes are, beside the chart.
const rightsFile = "project/rights.yaml"

// readRights reads them; nil for a chart that is not deployed by a deployer: the one that makes it, or one without it beside.
func readRights(chart string) (map[string][]rbacv1.PolicyRule, error) {
	chart, err := filepath.Abs(chart)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(filepath.Dir(chart), filepath.FromSlash(rightsFile))
	text, err := os.ReadFile(path)
	if filepath.Dir(path) == chart || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rights := map[string][]rbacv1.PolicyRule{}
	if err := yaml.UnmarshalStrict(text, &rights); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rights, nil
}

var madeKind = regexp.MustCompile(`(?m)^apiVersion: (\S+)\nkind: (\S+)$`)

// forbidden are kinds that the chart makes and the deployer has no right to, whatever features are on.
func (f templates) forbidden(rights map[string][]rbacv1.PolicyRule) (mistakes []error) {
	if rights == nil {
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(f)) {
		for _, match := range madeKind.FindAllStringSubmatch(f[file], -1) {
			kind := kinds.FromAPIVersionAndKind(match[1], match[2])
			// No deployer of a project may make one: an administrator does.
			if kind.GroupKind() == (kinds.GroupKind{Kind: "Namespace"}) {
				continue
			}
			resource, _ := meta.UnsafeGuessKindToResource(kind)
			granted := func(rule rbacv1.PolicyRule) bool {
				return slices.Contains(rule.APIGroups, resource.Group) && slices.Contains(rule.Resources, resource.Resource) && slices.Contains(rule.Verbs, "create")
			}
			if !slices.ContainsFunc(slices.Concat(slices.Collect(maps.Values(rights))...), granted) {
				mistakes = append(mistakes, fmt.Errorf("%s: makes a %s, which no deployer may; write %s of API group %q into a feature of %s", file, kind.Kind, resource.Resource, resource.Group, rightsFile))
			}
		}
	}
	return mistakes
}

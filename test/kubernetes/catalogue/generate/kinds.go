package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// served returns the kinds of a release that an API server with default settings serves. The release lists all that can
// be turned on; beta versions are off unless the release's own code names them, alpha ones always.
func served(dir string) ([]catalogue.Kind, error) {
	lists, err := filepath.Glob(filepath.Join(dir, "api/discovery/api*__v*.json"))
	if err != nil || len(lists) == 0 {
		return nil, fmt.Errorf("no lists of kinds in api/discovery (%v)", err)
	}
	on, err := betaEnabled(dir)
	if err != nil {
		return nil, err
	}
	var kinds []catalogue.Kind
	used := map[string]bool{}
	for _, file := range lists {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var list metav1.APIResourceList
		if err := json.Unmarshal(content, &list); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, resource := range list.APIResources {
			name, _, _ := strings.Cut(resource.Name, "/")
			beta := gv.Version + "/" + name
			switch {
			case stable.MatchString(gv.Version):
			case slices.Contains(on, beta):
				used[beta] = true
			default:
				continue
			}
			kind := catalogue.Kind{GroupVersion: list.GroupVersion, Kind: resource.Kind, Resource: resource.Name, Namespaced: resource.Namespaced}
			if slices.Contains(resource.Verbs, "create") && name == resource.Name {
				kind.Type = "?" // known when the types are
			}
			kinds = append(kinds, kind)
		}
	}
	for _, beta := range on {
		if !used[beta] {
			return nil, fmt.Errorf("%s is on by default, but not among the kinds", beta)
		}
	}
	return kinds, nil
}

var (
	stable = regexp.MustCompile(`^v\d+$`)
	// Such as flowcontrolv1beta3.SchemeGroupVersion.WithResource("flowschemas").
	enabled = regexp.MustCompile(`(?m)^\s*[a-z]+(v\d+beta\d+)\.SchemeGroupVersion\.WithResource\("([a-z]+)"\)`)
	block   = regexp.MustCompile(`(?s)legacyBetaEnabledByDefaultResources = \[\]schema\.GroupVersionResource\{(.*?)\n\t\}`)
)

// betaEnabled returns what the API server serves of beta versions by default, as version/resource.
func betaEnabled(dir string) ([]string, error) {
	source, err := os.ReadFile(filepath.Join(dir, "pkg/controlplane/instance.go"))
	if err != nil {
		return nil, err
	}
	var on []string
	if found := block.FindSubmatch(source); found != nil {
		for _, line := range enabled.FindAllSubmatch(found[1], -1) {
			on = append(on, string(line[1])+"/"+string(line[2]))
		}
		if len(on) == 0 {
			return nil, fmt.Errorf("pkg/controlplane/instance.go: cannot read which beta versions are on")
		}
	}
	return on, nil
}

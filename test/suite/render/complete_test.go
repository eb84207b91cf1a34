package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	sigsyaml "sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// reached is what the cases of this suite reached of the chart.
var reached = reach{values: map[string][]any{}, templates: map[string]bool{}}

type reach struct {
	sync.Mutex
	values    map[string][]any // by path, what was given to renders that succeeded
	templates map[string]bool  // that made an object or the notes, or failed
}

func (r *reach) rendered(values map[string]any, manifests render.Manifests) {
	r.Lock()
	defer r.Unlock()
	for path, value := range leaves("", values) {
		r.values[path] = append(r.values[path], value)
	}
	for _, document := range manifests.Documents {
		r.templates[filepath.Base(document.Template)] = true
	}
	if manifests.Notes != "" {
		r.templates["NOTES.txt"] = true
	}
}

func (r *reach) failed(err error) {
	r.Lock()
	defer r.Unlock()
	if strings.Contains(err.Error(), "execution error at (microservice/templates/mistakes.yaml:") {
		r.templates["mistakes.yaml"] = true
	}
}

// nothingForgotten says which values no case varies, and which templates no case reaches. A value is varied by another
// value than the default in values.yaml, or by an entry of what is an empty map there.
func nothingForgotten() error {
	reached.Lock()
	defer reached.Unlock()
	var forgotten []string
	file, err := os.ReadFile(chartDir + "/values.yaml")
	if err != nil {
		return err
	}
	defaults := map[string]any{}
	if err := sigsyaml.Unmarshal(file, &defaults); err != nil {
		return err
	}
	for path, value := range leaves("", defaults) {
		if !varied(path, value) {
			forgotten = append(forgotten, "values.yaml: no case varies "+path)
		}
	}
	templates, err := filepath.Glob(chartDir + "/templates/[^_]*")
	if err != nil {
		return err
	}
	for _, template := range templates {
		if !reached.templates[filepath.Base(template)] {
			forgotten = append(forgotten, "templates/"+filepath.Base(template)+": no case reaches it")
		}
	}
	if len(forgotten) == 0 {
		return nil
	}
	slices.Sort(forgotten)
	return fmt.Errorf("the cases are incomplete:\n%s", strings.Join(forgotten, "\n"))
}

func varied(path string, byDefault any) bool {
	for given, values := range reached.values {
		if given != path && !strings.HasPrefix(given, path+".") {
			continue
		}
		for _, value := range values {
			if value != nil && !reflect.DeepEqual(value, byDefault) {
				return true
			}
		}
	}
	return false
}

// leaves returns what is at the end of each path; an empty map is an end.
func leaves(prefix string, values map[string]any) map[string]any {
	all := map[string]any{}
	for key, value := range values {
		inner, isMap := value.(map[string]any)
		if !isMap || len(inner) == 0 {
			all[prefix+key] = value
			continue
		}
		for path, leaf := range leaves(prefix+key+".", inner) {
			all[path] = leaf
		}
	}
	return all
}

// What no template includes is dead.
func TestEveryNamedTemplateIsIncluded(t *testing.T) {
	files, err := os.ReadDir(chartDir + "/templates")
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(chartDir + "/templates/" + file.Name())
		require.NoError(t, err)
		all.Write(text)
	}
	defined := regexp.MustCompile(`{{-? define "(.+?)"`).FindAllStringSubmatch(all.String(), -1)
	require.NotEmpty(t, defined)
	for _, match := range defined {
		require.Contains(t, all.String(), `include "`+match[1]+`"`)
	}
}

package render_test

import (
	"fmt"
	"io/fs"
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
		r.templates[strings.TrimPrefix(document.Template, "microservice/templates/")] = true
	}
	if manifests.Notes != "" {
		r.templates["NOTES.txt"] = true
	}
}

func (r *reach) failed(err error) {
	r.Lock()
	defer r.Unlock()
	if strings.Contains(err.Error(), "execution error at (microservice/templates/mistakes/mistakes.yaml:") {
		r.templates["mistakes/mistakes.yaml"] = true
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
	templates, err := templates()
	if err != nil {
		return err
	}
	for template := range templates {
		if !strings.HasPrefix(filepath.Base(template), "_") && !reached.templates[template] {
			forgotten = append(forgotten, "templates/"+template+": no case reaches it")
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
			// An entry may be an empty map itself.
			if value != nil && (given != path || !reflect.DeepEqual(value, byDefault)) {
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

// templates returns the text of each file of the chart's templates, by its path below them.
func templates() (map[string]string, error) {
	texts := map[string]string{}
	root := os.DirFS(chartDir + "/templates")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		texts[path] = string(text)
		return err
	})
	return texts, err
}

// What no template includes is dead. The themes of mistakes are included by a list of their names.
func TestEveryNamedTemplateIsIncluded(t *testing.T) {
	files, err := templates()
	require.NoError(t, err)
	themes := regexp.MustCompile(`range \$theme := list (.*) }}`).FindStringSubmatch(files["mistakes/_mistakes.tpl"])
	require.NotNil(t, themes)
	included := map[string]bool{}
	for _, theme := range strings.Fields(themes[1]) {
		included["microservice.mistakes."+strings.Trim(theme, `"`)] = true
	}
	for _, text := range files {
		for _, match := range regexp.MustCompile(`include "(.+?)"`).FindAllStringSubmatch(text, -1) {
			included[match[1]] = true
		}
	}
	defined := map[string]bool{}
	for _, text := range files {
		for _, match := range regexp.MustCompile(`{{-? define "(.+?)"`).FindAllStringSubmatch(text, -1) {
			require.False(t, defined[match[1]], "%s is defined twice", match[1])
			defined[match[1]] = true
		}
	}
	require.Equal(t, included, defined)
}

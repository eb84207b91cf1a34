package charttest

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/yaml"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Updating says whether the flag -update is given, for what a test writes beside golden files.
func Updating() bool { return *update }

// goldenFolder is where golden files are, from the test's own folder.
const goldenFolder = "testdata/golden"

// chartLabel is the line in which a new version of a chart, alone, would change a golden file.
var chartLabel = regexp.MustCompile(`(?m)^ *helm\.sh/chart: .*\n`)

// Golden requires that the manifests are those in testdata/golden/NAME.yaml, but for the chart's own version. With the flag
// -update it writes the file.
func (m *Manifests) Golden(name string) {
	m.t.Helper()
	require.NoError(m.t, golden(goldenFolder, name, m.Text, *update))
}

var goldens = map[string]bool{} // names that tests have asked for

func golden(folder, name, text string, write bool) error {
	file := filepath.Join(folder, name+".yaml")
	mutex.Lock()
	goldens[file] = true
	mutex.Unlock()
	text = chartLabel.ReplaceAllString(text, "")
	if write {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, []byte(text), 0o644)
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: `go test -update` writes it", err)
	}
	if err != nil || string(want) == text {
		return err
	}
	differences, err := difference(string(want), text)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is not what is rendered; `go test -update` writes it anew:\n%s", file, differences)
}

// difference is that of the objects, by their names, or of the texts if the objects are the same.
func difference(want, got string) (string, error) {
	wanted, err := objects(want)
	if err != nil {
		return "", err
	}
	found, err := objects(got)
	if err != nil {
		return "", err
	}
	if differs := cmp.Diff(wanted, found); differs != "" {
		return differs, nil
	}
	return cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")), nil
}

func objects(text string) (map[string]any, error) {
	named := map[string]any{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewBufferString(text), 4096)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			if errors.Is(err, io.EOF) {
				return named, nil
			}
			return nil, err
		}
		if object != nil {
			metadata, _ := object["metadata"].(map[string]any)
			named[fmt.Sprintf("%v/%v", object["kind"], metadata["name"])] = object
		}
	}
}

// orphans are golden files that no test has asked for.
func orphans(folder string) (files []string, err error) {
	mutex.Lock()
	defer mutex.Unlock()
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || goldens[file] {
			return err
		}
		files = append(files, file)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(files)
	return files, err
}

package valuesfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/valuesfile"
)

func parse(t *testing.T, text string) *valuesfile.File {
	t.Helper()
	file, err := valuesfile.Parse("values.yaml", []byte(text))
	require.NoError(t, err)
	return file
}

func TestWhatCannotBeRead(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		above := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+above+",", 10), ",") + "]\n"
	}
	cases := []struct {
		name string
		text string
		says string
	}{
		{name: "no YAML", text: "image:\n  tag: [1\nreplicas: 2\n", says: "values.yaml:2: is not YAML: did not find expected ',' or ']'"},
		{name: "a tab", text: "image:\n\ttag: a\n", says: "values.yaml:2: is not YAML: found character that cannot start any token"},
		{name: "binary", text: "\x7fELF\x00\x01", says: "values.yaml: is not text"},
		{name: "no UTF-8", text: "a: \xff\xfe", says: "values.yaml: is not text"},
		{name: "a list", text: "- a\n- b\n", says: "values.yaml:1: is not a map of values"},
		{name: "text", text: "just words", says: "values.yaml:1: is not a map of values"},
		{name: "an alias bomb", text: bomb, says: "values.yaml: is not YAML: document contains excessive aliasing"},
		{name: "deep brackets", text: "a: " + strings.Repeat("[", 100_000), says: "values.yaml:1: is nested deeper than 200 levels"},
		{name: "deep lists", text: strings.Repeat("- ", 100_000) + "a", says: "values.yaml:1: is nested deeper than 200 levels"},
		{name: "too large", text: "a: " + strings.Repeat("x", 10<<20), says: "values.yaml: is 10.0 MiB; more than 5 MiB is not read"},
		{name: "an unknown anchor", text: "a: *b", says: "values.yaml: is not YAML: unknown anchor 'b' referenced"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := valuesfile.Parse("values.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.says)
			require.IsType(t, &valuesfile.Error{}, err)
		})
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, 10<<20))
	cases := map[string]string{
		filepath.Join(dir, "none.yaml"): "no such file",
		dir:                             "is a folder",
		large:                           "is 10.0 MiB",
		os.DevNull:                      "is not a regular file",
	}
	for path, says := range cases {
		_, err := valuesfile.Read(path)
		require.ErrorContains(t, err, path+": ")
		require.ErrorContains(t, err, says)
	}
}

func TestPosition(t *testing.T) {
	file := parse(t, "image:\n  tag: a\nhosts:\n  - name: b\n  - c\nON: d\n8080: e\n")
	cases := []struct {
		path  string
		at    valuesfile.Position
		known int
	}{
		{path: "image", at: valuesfile.Position{Line: 1, Column: 1}, known: 1},
		{path: "image/tag", at: valuesfile.Position{Line: 2, Column: 3}, known: 2},
		{path: "image/registry", at: valuesfile.Position{Line: 1, Column: 1}, known: 1},
		{path: "hosts/0/name", at: valuesfile.Position{Line: 4, Column: 5}, known: 3},
		{path: "hosts/1", at: valuesfile.Position{Line: 5, Column: 5}, known: 2},
		{path: "true", at: valuesfile.Position{Line: 6, Column: 1}, known: 1},
		{path: "8080", at: valuesfile.Position{Line: 7, Column: 1}, known: 1},
		{path: "other", known: 0},
	}
	for _, c := range cases {
		at, known := file.Position(strings.Split(c.path, "/"))
		require.Equal(t, c.at, at, c.path)
		require.Equal(t, c.known, known, c.path)
	}
}

func TestDamage(t *testing.T) {
	cases := []struct {
		text  string
		types []string
		value string // as read; empty: as written
		key   string
	}{
		{text: "tag: 0123", value: "83"},
		{text: "tag: 1e3", value: "1000"},
		{text: "tag: 0x1F", value: "31"},
		{text: "tag: 1_000", value: "1000"},
		{text: "tag: 1.10", value: "1.1"},
		{text: "tag: yes", value: "true"},
		{text: "list: [1, 0777]", value: "511"},
		{text: "env: {A: 1.0}", value: "1"},
		{text: "tag: '0123'"},
		{text: "tag: 1.1"},
		{text: "tag: 20250811"},
		{text: "tag: v1"},
		{text: "tag: 1.2.3"},
		{text: "tag: -5"},
		{text: "tag: 2026-11-21"},
		{text: "on: [push]", key: `"true"`},
		{text: "defaultMode: 0440"},
		{text: "env: {MODE: 0440}", value: "288"},
		{text: "ratio: 0.90"},
		{text: "debug: True"},
		{text: "empty: ~"},
		{text: "enabled: no", types: []string{"boolean", "null"}},
		{text: "enabled: no", types: []string{"boolean", "string"}, value: "false?"},
		{text: "enabled: no", value: "false?"},
		{text: "name: no", types: []string{"string"}, value: "false"},
		{text: "env: {A: no}", types: []string{"boolean", "null", "number", "string"}, value: "false"},
		{text: "memory: 1e9", types: []string{"number", "string"}},
		{text: "memory: 1e9", value: "1000000000?"},
		{text: "bid: 2.50"},
		{text: "userID: 2.50", value: "2.5"},
		{text: "user_id: 2.50", value: "2.5"},
		{text: "bid: 2.50", types: []string{"number"}},
		{text: "bid: 2.50", types: []string{"string"}, value: "2.5"},
		{text: "count: 012", types: []string{"integer"}, value: "10#"},
		{text: "count: 1_000", types: []string{"integer"}},
		{text: "count: 0x1F", types: []string{"integer"}},
		{text: "data: {secret: {defaultMode: 0400}}", types: []string{"integer"}},
		{text: "volumes: {data: {secret: {defaultMode: 0400}}}"},
		{text: "files: {app.yaml: {sample_rate: 0.50}}"},
		{text: "files: {app.yaml: {retry: yes}}", value: "true?"},
		{text: "env: {A: {value: 1.10}}", value: "1.1"},
		{text: "a: &a {version: 1.10}\nb: {<<: *a}", value: "1.1"},
		{text: "b: {<<: {version: 1.10}}", value: "1.1"},
		{text: "N: 1", key: `"false"`},
		{text: "ON: 1", key: `"true"`},
		{text: "0123: a", key: `"83"`},
		{text: "1.10: a", key: `"1.1"`},
		{text: "'N': 1"},
		{text: "8080: a"},
		{text: "NAME: a"},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			file := parse(t, c.text)
			var values, keys []string
			for _, d := range file.DamagedValues(func([]string) []string { return c.types }) {
				read := d.Read
				if d.Doubtful {
					read += "?"
				}
				if d.Number {
					read += "#"
				}
				values = append(values, read)
			}
			for _, d := range file.DamagedKeys() {
				keys = append(keys, d.Read)
			}
			require.Equal(t, c.value, strings.Join(values, " "))
			require.Equal(t, c.key, strings.Join(keys, " "))
		})
	}
}

func TestRepeatedKeys(t *testing.T) {
	file := parse(t, "env:\n  A: 1\n  B: 2\n  A: 3\nlist:\n- x: 1\n  x: 2\n")
	repeated := file.RepeatedKeys()
	require.Len(t, repeated, 2)
	require.Equal(t, []string{"env", "A"}, repeated[0].Path)
	require.Equal(t, 4, repeated[0].Line)
	require.Equal(t, 2, repeated[0].First)
	require.Equal(t, []string{"list", "0", "x"}, repeated[1].Path)
	require.Empty(t, parse(t, "a: {x: 1}\nb: {x: 1}\n").RepeatedKeys())
}

func TestSeveralDocuments(t *testing.T) {
	cases := map[string][]int{
		"a: 1\n":                         nil,
		"---\na: 1\n":                    nil,
		"a: 1\n---\n":                    nil,
		"a: 1\n---\n# nothing\n...\n":    nil,
		"a: 1\n---\nb: 2\n":              {3},
		"a: 1\n---\n\nb: 2\n---\n- c\n":  {4, 6},
		"---\n---\nb: 2\n":               {3},
		"a: 1\n---\nb: [\n":              {3},
		"a: |\n  b\n  ---\n  c\n":        nil,
		"# a comment\n---\na: 1\n...\n#": nil,
	}
	for text, more := range cases {
		require.Equal(t, more, parse(t, text).More, text)
	}
}

func TestLeaves(t *testing.T) {
	var paths []string
	for _, leaf := range parse(t, "image: {tag: a}\nlist: [{x: 1}]\nempty: {}\nnothing: null\n").Leaves() {
		paths = append(paths, strings.Join(leaf.Path, "."))
	}
	require.Equal(t, []string{"image.tag", "list", "empty", "nothing"}, paths)

	paths = nil
	for _, leaf := range parse(t, "a: &a {x: 1}\nb: {<<: *a, w: 2}\nc:\n  <<: {z: 3}\n").Leaves() {
		paths = append(paths, strings.Join(leaf.Path, "."))
	}
	require.Equal(t, []string{"a.x", "b.w", "c.z"}, paths, "what a merge key repeats is written elsewhere")
}

func TestLargeNumbers(t *testing.T) {
	large := parse(t, "tag: 20250811\nport: 8080\ntext: '20250811'\nround: 1000000\n").LargeNumbers()
	require.Len(t, large, 2)
	require.Equal(t, "2.0250811e+07", large[0].Read)
}

// FuzzParse looks for text that ends the program, or that is neither read nor refused.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: {b: [1, 0123]}\nN: yes\n", "a: &a [*a]", "? [a]: b\n<<: {c: 1}\n", "- - - -", "{{{{", "a: !!binary x", "a: |\n  b\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := valuesfile.Parse("values.yaml", text)
		if err != nil {
			require.IsType(t, &valuesfile.Error{}, err)
			return
		}
		for _, leaf := range file.Leaves() {
			_, known := file.Position(leaf.Path)
			require.Equal(t, len(leaf.Path), known)
		}
		file.DamagedKeys()
		file.DamagedValues(nil)
		file.LargeNumbers()
		file.RepeatedKeys()
	})
}

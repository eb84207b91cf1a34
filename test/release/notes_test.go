package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSection(t *testing.T) {
	const changelog = "# Changes\n\nIntroduction.\n\n## 1.10.0 (2026-11-21)\n\n- Ten.\n\n### Charts\n\n- More.\n\n## 1.1.0\n\n- One.\n\n## 1.0.0\n\n## 0.9.0\n- Last."
	for _, c := range []struct{ version, text, says string }{
		{version: "1.10.0", text: "- Ten.\n\n### Charts\n\n- More.\n"},
		{version: "1.1.0", text: "- One.\n"},
		{version: "0.9.0", text: "- Last.\n"},
		{version: "1.0.0", says: "section 1.0.0 is empty"},
		{version: "1.1", says: "write one under the heading `## 1.1`"},
		{version: "2.0.0", says: "has no section for this version"},
		{version: "", says: "has no section"},
	} {
		t.Run(c.version, func(t *testing.T) {
			text, err := section(changelog, c.version)
			require.Equal(t, c.text, text)
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
}

func TestChartsVersion(t *testing.T) {
	for _, c := range []struct {
		name     string
		versions map[string]string
		version  string
		says     string
	}{
		{name: "the same", versions: map[string]string{"a": "version: 1.2.3", "b": "version: 1.2.3"}, version: "1.2.3"},
		{name: "two", versions: map[string]string{"a": "version: 1.2.3", "b": "version: 1.2.4"}, says: "b/Chart.yaml: has version 1.2.4"},
		{name: "one without", versions: map[string]string{"a": "version: 1.2.3", "b": "name: b"}, says: "b/Chart.yaml: has version , and"},
		{name: "broken", versions: map[string]string{"a": "version: ["}, says: "a/Chart.yaml"},
		{name: "none", says: "there are no charts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for chart, metadata := range c.versions {
				folder := filepath.Join(root, "charts", chart)
				require.NoError(t, os.MkdirAll(folder, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(folder, "Chart.yaml"), []byte(metadata), 0o600))
			}
			version, err := chartsVersion(root)
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
			require.Equal(t, c.version, version)
		})
	}
}

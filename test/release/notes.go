package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// chartsVersion returns the one version that the charts below root have. They are released together, with the job image
// and the command, so that one number says what a service uses.
func chartsVersion(root string) (string, error) {
	files, err := filepath.Glob(filepath.Join(root, "charts/*/Chart.yaml"))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", fmt.Errorf("%s: there are no charts", filepath.Join(root, "charts"))
	}
	var version string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		var chart struct{ Version string }
		if err := yaml.Unmarshal(content, &chart); err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		if version != "" && chart.Version != version {
			return "", fmt.Errorf("%s: has version %s, and %s has %s: the charts are released together, write the same", file, chart.Version, files[0], version)
		}
		version = chart.Version
	}
	return version, nil
}

// section returns the text below the heading "## <version>" of a changelog, which may have more on its line, such as a date.
func section(changelog, version string) (string, error) {
	for _, part := range strings.Split("\n"+changelog, "\n## ")[1:] {
		heading, text, _ := strings.Cut(part, "\n")
		if name, _, _ := strings.Cut(heading, " "); name != version {
			continue
		}
		if text = strings.TrimSpace(text); text == "" {
			return "", fmt.Errorf("section %s is empty: write what changes for those who use it", version)
		}
		return text + "\n", nil
	}
	return "", fmt.Errorf("has no section for this version: write one under the heading `## %s`", version)
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is generated is what is committed, in every chart that has a schema.yaml. Nothing is written.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	schemas, err := filepath.Glob("../../charts/*/" + schemaYAML)
	require.NoError(t, err)
	require.NotEmpty(t, schemas)
	for _, path := range schemas {
		chart := filepath.Dir(path)
		require.NoError(t, complete(chart))
		for name, generate := range generated {
			want, err := generate(t.Context(), chart)
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(chart, name))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "%s of chart %s is stale: run `go run ./test/schema charts/%[2]s`", name, filepath.Base(chart))
		}
	}
}

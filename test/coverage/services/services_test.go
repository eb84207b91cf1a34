package services_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/coverage/services"
	"gitlab.example.com/platform/slipway/test/render"
)

// goesOn takes far longer than any limit here, and ends for the sake of the other tests.
const goesOn = "{{ range 3000000 }}{{ end }}"

func TestMeasure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte("x: 1\n"), 0o600))
	one := check.Release{Service: "orders", Environment: "prod", Name: "orders", Layers: []check.Layer{{Path: file, Own: true}}}
	other := check.Release{Service: "cart", Name: "cart"}
	missing := check.Release{Service: "gone", Environment: "dev", Name: "gone", Layers: []check.Layer{{Path: file + ".no", Own: true}}}
	for name, c := range map[string]struct {
		template string
		releases []check.Release
		options  services.Options
		says     string
	}{
		"both":            {template: "{{ if .Values.x }}{{ end }}", releases: []check.Release{one, other}},
		"no such file":    {releases: []check.Release{missing}, says: "gone in dev: "},
		"does not render": {template: "{{ fail `no` }}", releases: []check.Release{one}, says: "orders in prod does not render, so nothing is measured: release orders: "},
		"never ends": {template: goesOn, releases: []check.Release{one}, options: services.Options{Timeout: time.Millisecond},
			says: "orders in prod: takes longer than 1ms to render: a template may never end"},
		"takes all memory": {template: goesOn, releases: []check.Release{one}, options: services.Options{Memory: 1},
			says: "more memory than --memory gives"},
		"no such version": {options: services.Options{Kubernetes: "1.1"}, says: "1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := render.LoadFiles(map[string]string{
				"Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.0.0\n", "templates/NOTES.txt": c.template,
			})
			require.NoError(t, err)
			chart, err := coverage.New(loaded)
			require.NoError(t, err)
			options := services.Options{Kubernetes: "1.30", Timeout: time.Hour, Memory: 1 << 40}
			if c.options.Timeout > 0 {
				options.Timeout = c.options.Timeout
			}
			if c.options.Memory > 0 {
				options.Memory = c.options.Memory
			}
			if c.options.Kubernetes != "" {
				options.Kubernetes = c.options.Kubernetes
			}
			profile, err := services.Measure(t.Context(), loaded, chart, c.releases, options)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				require.Nil(t, profile)
				return
			}
			require.NoError(t, err)
			result := chart.Result(profile)
			require.Equal(t, []string{"service orders in prod"}, result.Arms[0].By)
			require.Equal(t, []string{"service cart"}, result.Arms[1].By)
		})
	}
}

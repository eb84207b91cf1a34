package scale

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	measuredFile = "testdata/measured.json"
	page         = "../../../docs/scale.md"
	figure       = "../../../docs/scale.svg"
	pageBegin    = "<!-- Generated: go test ./test/suite/scale -run TestPage -update -->\n"
	pageEnd      = "<!-- End of the generated part. -->\n"
)

// TestPage compares docs/scale.md and its figure with what was measured last; with -update it writes them.
func TestPage(t *testing.T) {
	content, err := os.ReadFile(measuredFile)
	require.NoError(t, err)
	var measured []sample
	require.NoError(t, json.Unmarshal(content, &measured))
	wantPage, wantFigure := pages(t, measured)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(wantPage), 0o644))
		require.NoError(t, os.WriteFile(figure, []byte(wantFigure), 0o644))
		return
	}
	gotPage, err := os.ReadFile(page)
	require.NoError(t, err)
	gotFigure, err := os.ReadFile(figure)
	require.NoError(t, err)
	require.Equal(t, wantPage, string(gotPage), "go test ./test/suite/scale -run TestPage -update writes it")
	require.Equal(t, wantFigure, string(gotFigure), "go test ./test/suite/scale -run TestPage -update draws it")
}

// writeMeasured keeps what was measured.
func writeMeasured(t *testing.T, measured []sample) {
	t.Helper()
	content, err := json.MarshalIndent(measured, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(measuredFile, append(content, '\n'), 0o644))
}

// pages returns the page, whose text outside the generated part stays, and the figure.
func pages(t *testing.T, measured []sample) (text, svg string) {
	t.Helper()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(content), pageBegin)
	require.True(t, ok, "%s lacks the line %s", page, pageBegin)
	_, after, ok := strings.Cut(rest, pageEnd)
	require.True(t, ok, "%s lacks the line %s", page, pageEnd)
	return before + pageBegin + table(measured) + pageEnd + after, drawn(t, measured)
}

// table returns the first and the last batch of each phase as Markdown.
func table(measured []sample) string {
	var out strings.Builder
	out.WriteString("\n| phase | releases | seconds per deploy, Helm 3 / 4 | of Helm's own processor time | API requests | of which write | controllers' requests | control plane MiB | etcd MiB |\n")
	out.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i, s := range measured {
		first := i == 0 || measured[i-1].Phase != s.Phase
		last := i == len(measured)-1 || measured[i+1].Phase != s.Phase
		if first || last {
			fmt.Fprintf(&out, "| %s | %d | %.1f / %.1f | %.1f / %.1f | %.0f / %.0f | %.0f / %.0f | %.0f | %.0f | %.0f |\n", s.Phase, s.Releases,
				s.Helm3.Seconds, s.Helm4.Seconds, s.Helm3.CPU, s.Helm4.CPU, s.Helm3.Requests, s.Helm4.Requests,
				s.Helm3.Writes, s.Helm4.Writes, s.ControllerRequests, s.ControlPlaneMiB, s.StorageMiB)
		}
	}
	return out.String() + "\n"
}

// series is one line of a plot.
type series struct {
	name  string
	value func(sample) float64
	color color.Color
}

var (
	blue   = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	orange = color.RGBA{R: 0xd9, G: 0x5f, B: 0x02, A: 0xff}
)

// drawn returns three plots under each other as SVG, with the batches in their order from left to right.
func drawn(t *testing.T, measured []sample) string {
	t.Helper()
	rows := []*plot.Plot{
		lines(t, measured, "seconds per deploy",
			series{"Helm 3", func(s sample) float64 { return s.Helm3.Seconds }, blue},
			series{"Helm 4", func(s sample) float64 { return s.Helm4.Seconds }, orange}),
		lines(t, measured, "API requests per deploy",
			series{"Helm 3", func(s sample) float64 { return s.Helm3.Requests }, blue},
			series{"Helm 4", func(s sample) float64 { return s.Helm4.Requests }, orange}),
		lines(t, measured, "MiB",
			series{"control plane", func(s sample) float64 { return s.ControlPlaneMiB }, blue},
			series{"etcd's database", func(s sample) float64 { return s.StorageMiB }, orange}),
	}
	canvas := vgsvg.New(18*vg.Centimeter, 20*vg.Centimeter)
	grid := make([][]*plot.Plot, len(rows))
	for i, row := range rows {
		grid[i] = []*plot.Plot{row}
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: 1, PadY: 5 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 12 * vg.Millimeter}
	for i, row := range plot.Align(grid, tiles, draw.New(canvas)) {
		rows[i].Draw(row[0])
	}
	var out bytes.Buffer
	_, err := canvas.WriteTo(&out)
	require.NoError(t, err)
	return out.String()
}

// lines draws values over the batches, named by phase and number of releases.
func lines(t *testing.T, measured []sample, title string, all ...series) *plot.Plot {
	t.Helper()
	p := plot.New()
	p.Y.Label.Text = title
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	for _, s := range all {
		points := make(plotter.XYs, len(measured))
		for i, m := range measured {
			points[i].X, points[i].Y = float64(i), s.value(m)
			p.Y.Max = max(p.Y.Max, 1.3*points[i].Y) // room for the legend
		}
		line, err := plotter.NewLine(points)
		require.NoError(t, err)
		line.Color, line.Width = s.color, vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(s.name, line)
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks(measured))
	return p
}

// ticks name the last batch of each phase, and a few in between by their number of releases.
func ticks(measured []sample) []plot.Tick {
	var all []plot.Tick
	for i, s := range measured {
		last := i == len(measured)-1 || measured[i+1].Phase != s.Phase
		switch {
		case last:
			all = append(all, plot.Tick{Value: float64(i), Label: fmt.Sprintf("%d\n%sed", s.Releases, strings.TrimSuffix(s.Phase, "e"))})
		case s.Releases%100 == 0 && s.Phase != "upgrade": // which changes no number
			all = append(all, plot.Tick{Value: float64(i), Label: fmt.Sprint(s.Releases)})
		}
	}
	return all
}

package render

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"sync"

	"helm.sh/helm/v3/pkg/release"
)

// RecordLimit is what Kubernetes takes of a Secret, in which Helm keeps the record of each revision: chart, values and
// manifests, packed.
const RecordLimit = 1 << 20

// RecordSize returns how many bytes of its Secret Helm's record of the release would take, or 0 where that is far from the
// limit: packing each record of a fleet would take longer than rendering it.
func (p *Prepared) RecordSize(manifests Manifests) (int, error) {
	chart, err := p.packedChart()
	if err != nil {
		return 0, err
	}
	values, err := json.Marshal(p.values)
	if err != nil {
		return 0, err
	}
	// As if the rest could not be packed at all; JSON has two letters for some.
	if most := chart + len(values) + 2*(len(manifests.Text)+len(manifests.Notes)) + 4<<10; base64.StdEncoding.EncodedLen(most) <= RecordLimit {
		return 0, nil
	}
	packed, err := packed(&release.Release{
		Name: p.release.Name, Namespace: p.release.Namespace, Version: 1, Info: &release.Info{Notes: manifests.Notes},
		Chart: p.chart, Config: p.values, Manifest: manifests.Text,
	})
	return base64.StdEncoding.EncodedLen(packed), err
}

// packedChart is the size of the chart alone.
func (p *Prepared) packedChart() (int, error) {
	p.packing.once.Do(func() { p.packing.size, p.packing.err = packed(p.chart) })
	return p.packing.size, p.packing.err
}

// packing is the size of a chart in a record, which is the same for all of its releases but for dependencies that are off.
type packing struct {
	once sync.Once
	size int
	err  error
}

// packed is how many bytes something takes as Helm writes it.
func packed(content any) (int, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return 0, err
	}
	counter := &bytes.Buffer{}
	writer, err := gzip.NewWriterLevel(counter, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(writer, bytes.NewReader(text)); err != nil {
		return 0, err
	}
	if err := writer.Close(); err != nil {
		return 0, err
	}
	return counter.Len(), nil
}

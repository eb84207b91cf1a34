package coverage

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gitlab.example.com/platform/slipway/test/render"
)

// Profile is what was reached of a chart, and by whom. Many goroutines may add to it.
type Profile struct {
	mutex       sync.Mutex
	chart       string
	digest      string
	renders     int
	reached     map[int]map[string]bool // sources by arm
	sources     map[string]bool
	loaded      map[string]bool   // files
	notMeasured map[string]string // reasons by source
}

// NewProfile returns an empty profile of a chart.
func (c *Chart) NewProfile() *Profile {
	return &Profile{
		chart: c.Name, digest: c.digest, reached: map[int]map[string]bool{}, sources: map[string]bool{},
		loaded: map[string]bool{}, notMeasured: map[string]string{},
	}
}

func (p *Profile) add(source string, hits *hits, seen render.Observation) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.renders++
	p.sources[source] = true
	for _, file := range seen.Loaded {
		p.loaded[file] = true
	}
	if seen.Err != nil {
		p.notMeasured[source] = seen.Err.Error()
		return
	}
	for arm := range hits.reached {
		p.reach(arm, source)
	}
}

func (p *Profile) reach(arm int, source string) {
	if p.reached[arm] == nil {
		p.reached[arm] = map[string]bool{}
	}
	p.reached[arm][source] = true
}

// Merge adds what another profile of the same chart has.
func (p *Profile) Merge(other *Profile) error {
	if p.digest != other.digest {
		return fmt.Errorf("the profile is of chart %s with other templates: collect it again", other.chart)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.renders += other.renders
	maps.Copy(p.sources, other.sources)
	maps.Copy(p.loaded, other.loaded)
	maps.Copy(p.notMeasured, other.notMeasured)
	for arm, sources := range other.reached {
		for source := range sources {
			p.reach(arm, source)
		}
	}
	return nil
}

// stored is a profile in a file.
type stored struct {
	Format      string            `json:"format"`
	Chart       string            `json:"chart"`
	Digest      string            `json:"digest"` // of the templates
	Renders     int               `json:"renders"`
	Sources     []string          `json:"sources"`
	Reached     map[int][]int     `json:"reached"` // indices of sources by arm
	Loaded      []string          `json:"loaded"`
	NotMeasured map[string]string `json:"notMeasured,omitempty"`
}

const (
	format    = "slipway-cover/1"
	extension = ".cover.json"
)

// WriteTo puts the profile into a folder, as a file of its own beside those of other processes.
func (p *Profile) WriteTo(folder string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	s := stored{
		Format: format, Chart: p.chart, Digest: p.digest, Renders: p.renders, Sources: slices.Sorted(maps.Keys(p.sources)),
		Reached: map[int][]int{}, Loaded: slices.Sorted(maps.Keys(p.loaded)), NotMeasured: p.notMeasured,
	}
	index := map[string]int{}
	for i, source := range s.Sources {
		index[source] = i
	}
	for arm, sources := range p.reached {
		for source := range sources {
			s.Reached[arm] = append(s.Reached[arm], index[source])
		}
		slices.Sort(s.Reached[arm])
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// Who reads the folder meanwhile finds a whole file or none.
	file, err := os.CreateTemp(folder, p.chart+"-*.part")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), strings.TrimSuffix(file.Name(), ".part")+extension)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("coverage of chart %s: %w", p.chart, err)
	}
	return nil
}

// Read merges the profiles that processes have put into a folder. It fails where there is none, and on one that is broken or
// of other templates than the chart's.
func (c *Chart) Read(folder string) (*Profile, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"+extension))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no profile (*%s): run the tests with %s=%[1]s, an absolute path, first", folder, extension, Variable)
	}
	whole := c.NewProfile()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		one, err := c.parse(text)
		if err == nil {
			err = whole.Merge(one)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return whole, nil
}

// Variable names the folder that tests put their profiles into, as GOCOVERDIR does for Go's own. It is an absolute path:
// each package's tests run in a folder of their own.
const Variable = "SLIPWAY_COVERDIR"

func (c *Chart) parse(text []byte) (*Profile, error) {
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("is no profile: %w", err)
	}
	if s.Format != format {
		return nil, fmt.Errorf("is no profile of this version: format %q, want %q", s.Format, format)
	}
	p := c.NewProfile()
	p.chart, p.digest, p.renders = s.Chart, s.Digest, s.Renders
	if s.Digest != c.digest {
		return p, nil // who merges it says so
	}
	for _, source := range s.Sources {
		p.sources[source] = true
	}
	for _, file := range s.Loaded {
		p.loaded[file] = true
	}
	maps.Copy(p.notMeasured, s.NotMeasured)
	for arm, sources := range s.Reached {
		if arm < 0 || arm >= len(c.Arms) {
			return nil, fmt.Errorf("is no profile: the chart has no arm %d", arm)
		}
		for _, i := range sources {
			if i < 0 || i >= len(s.Sources) {
				return nil, fmt.Errorf("is no profile: it has no source %d", i)
			}
			p.reach(arm, s.Sources[i])
		}
	}
	return p, nil
}

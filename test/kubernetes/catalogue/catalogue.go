// Package catalogue has what differs between the versions of Kubernetes: the kinds that each serves and the fields that
// each has, and the definitions of custom kinds. All of it is one file, which its program generate makes from the
// releases themselves.
package catalogue

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"sync"

	"gitlab.example.com/platform/slipway/test/module"
)

//go:generate go run ./generate

//go:embed catalogue.json.gz
var compressed []byte

// Catalogue is the content of the file.
type Catalogue struct {
	// Sources are the modules, in full, that it was made from.
	Sources []module.Release
	// Kinds that are served by default.
	Kinds []Kind
	// Types by their name, such as io.k8s.api.apps.v1.Deployment; each in the forms it has had.
	Types map[string][]Type
	// Definitions of custom kinds, without descriptions.
	Definitions []json.RawMessage
}

// Span is the versions in which something holds, by their places in Releases.
type Span struct{ From, To int }

// Holds says whether a version is in the span.
func (s Span) Holds(version int) bool { return s.From <= version && version <= s.To }

// Kind is a kind that an API version serves, on its own or under another ("deployments/scale").
type Kind struct {
	Span
	GroupVersion, Kind, Resource string
	Namespaced                   bool `json:",omitempty"`
	// Type is the name of its type; empty for one that cannot be created, and for what stands under another.
	Type string `json:",omitempty"`
}

// Type is one form of a type.
type Type struct {
	Span
	// Fields by name, each with its form; nil for a type that is no object with fields of its own.
	Fields map[string]Form `json:",omitempty"`
	// Form of a type without fields.
	Form Form `json:",omitempty"`
}

// Form is what a value may be: Text, Integer, Number, Boolean, Quantity, IntOrText or Any; "[]" and the form of the items;
// "{}" and the form of the values; or "#" and the name of a type.
type Form string

// The forms that are made of no other.
const (
	Text      Form = "text"
	Integer   Form = "integer"
	Number    Form = "number"
	Boolean   Form = "boolean"
	Quantity  Form = "quantity"
	IntOrText Form = "int-or-text"
	Any       Form = "any"
)

// Load returns the catalogue, which is read once and not to be changed.
var Load = sync.OnceValues(func() (*Catalogue, error) { return Read(compressed) })

// Read returns the catalogue that a compressed file holds.
func Read(file []byte) (*Catalogue, error) {
	reader, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("catalogue of Kubernetes: %w", err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("catalogue of Kubernetes: %w", err)
	}
	c := &Catalogue{}
	if err := json.Unmarshal(content, c); err != nil {
		return nil, fmt.Errorf("catalogue of Kubernetes: %w", err)
	}
	return c, nil
}

// Write returns the compressed file that holds the catalogue, the same bytes for the same catalogue.
func (c *Catalogue) Write() ([]byte, error) {
	content, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// APIVersions returns what Helm lists of a version's API: each group's version, and each of its kinds behind it.
func (c *Catalogue) APIVersions(version int) []string {
	var found []string
	for _, kind := range c.Kinds {
		if kind.Holds(version) {
			found = append(found, kind.GroupVersion, path.Join(kind.GroupVersion, kind.Kind))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

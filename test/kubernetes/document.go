package kubernetes

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Document is one YAML or JSON document with one object. It is read once, whatever is asked about it.
type Document struct {
	text    []byte
	read    func() reading
	content func() map[string]any
	native  func() native
	applied func() []Problem

	mutex   sync.Mutex
	created map[string]verdict // by namespace
	fields  map[*shape][]Problem
}

// Parse returns the document with this text. What is wrong with the text is a problem of the object: see [Version.Create].
func Parse(text []byte) *Document {
	d := &Document{text: text, created: map[string]verdict{}, fields: map[*shape][]Problem{}}
	d.read = sync.OnceValue(func() reading { return read(text) })
	d.content = sync.OnceValue(func() map[string]any {
		var content map[string]any
		if utiljson.Unmarshal(d.read().json, &content) != nil {
			return nil
		}
		return content
	})
	d.native = sync.OnceValue(func() native { return decode(d.read()) })
	d.applied = sync.OnceValue(d.apply)
	return d
}

// Kind returns the kind of the object; it is empty where the text has none.
func (d *Document) Kind() schema.GroupVersionKind { return d.read().kind }

// verdict is what the rules say of creating an object.
type verdict struct{ problems, warnings []Problem }

// reading is a document as JSON.
type reading struct {
	json []byte
	kind schema.GroupVersionKind
	// illegible is why there is no object at all.
	illegible []Problem
	// repeated are keys that YAML has more than once.
	repeated []Problem
}

// requestLimit is what an API server takes of one request, in bytes:
// https://pkg.go.dev/k8s.io/apiserver/pkg/server#Config (MaxRequestBodyBytes).
const requestLimit = 3 << 20

func read(text []byte) (r reading) {
	var err error
	if r.json, err = yaml.YAMLToJSONStrict(text); err != nil {
		repeated := err
		if r.json, err = yaml.YAMLToJSON(text); err != nil {
			r.illegible = problemsOf(err)
			return r
		}
		r.repeated = problemsOf(repeated)
	}
	if len(r.json) > requestLimit {
		r.illegible = []Problem{{Message: fmt.Sprintf("Request entity too large: limit is %d", requestLimit), Source: Fields}}
		return r
	}
	kind, err := json.DefaultMetaFactory.Interpret(r.json)
	switch {
	case bytes.Equal(r.json, []byte("null")):
		err = runtime.NewMissingKindErr("")
	case err != nil:
	case kind.Kind == "":
		err = runtime.NewMissingKindErr(string(r.json))
	case kind.Version == "":
		err = runtime.NewMissingVersionErr(string(r.json))
	}
	if err != nil {
		r.illegible = problemsOf(err)
		return r
	}
	r.kind = *kind
	return r
}

var (
	named  = regexp.MustCompile(`^(?:unknown|duplicate) field "(.*)"$`)
	struck = regexp.MustCompile(`Go struct field \w*\.(\S+) of type`)
)

// problemsOf returns what a decoder has said.
func problemsOf(err error) []Problem {
	errors := []error{err}
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		errors = strict.Errors()
	}
	var problems []Problem
	for _, err := range errors {
		problem := Problem{Message: err.Error(), Source: Fields}
		for _, path := range []*regexp.Regexp{named, struck} {
			if found := path.FindStringSubmatch(problem.Message); found != nil {
				problem.Path = found[1]
			}
		}
		problems = append(problems, problem)
	}
	return problems
}

package kubernetes

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// linked is the version whose code judges, the last one.
func linked() int { return len(catalogue.Releases) - 1 }

// Create returns what an API server of the version says of creating the object in a namespace, or in the one that the
// object names itself: first what cannot be read, then what the rules are against. It fails for an unknown version alone.
func (v Version) Create(d *Document, namespace string) (problems []Problem, err error) {
	defer survive(&problems)
	version, err := v.index()
	if err != nil {
		return nil, err
	}
	all, err := load()
	if err != nil {
		return nil, err
	}
	read := d.read()
	if read.illegible != nil {
		return read.illegible, nil
	}
	if kind, served := all.kind(read.kind, version); served {
		return d.ofNative(all, kind, version, func() ([]Problem, error) {
			found, err := d.createdNative(kind, namespace)
			return found.problems, err
		})
	}
	if custom, known := all.custom[read.kind]; known {
		found, err := d.createdCustom(custom, namespace)
		return found.problems, err
	}
	return []Problem{all.stranger(read.kind)}, nil
}

// survive makes a panic in the API server's code a problem: there it is the failure of one request.
func survive(problems *[]Problem) {
	if failure := recover(); failure != nil {
		*problems = []Problem{{Message: fmt.Sprintf("Internal error: the API server's code cannot handle the object: %v", failure), Source: Rules}}
	}
}

// stranger says why nothing is known of a kind.
func (k *known) stranger(kind schema.GroupVersionKind) Problem {
	message := fmt.Sprintf("no matches for kind %q in version %q", kind.Kind, kind.GroupVersion())
	if k.own(kind.Group) {
		return Problem{Path: "apiVersion", Message: message, Source: Served}
	}
	return Problem{Message: message + " among the definitions known here: whether a cluster takes the object is not known", Source: Undecided}
}

// ofNative adds to what the rules say what cannot be read of a kind that the version serves.
func (d *Document) ofNative(all *known, kind catalogue.Kind, version int, rules func() ([]Problem, error)) ([]Problem, error) {
	problems := slices.Clone(d.read().repeated)
	native := d.native()
	shape := all.shapes.of(kind.Type, version)
	judged := strategies[d.read().kind.GroupKind()] != nil
	if !judged || version != linked() && shape != all.shapes.of(kind.Type, linked()) {
		strays := d.strays(shape)
		if judged {
			// Types are read by the code that judges; the fields are the version's own.
			strays = slices.DeleteFunc(slices.Clone(strays), func(p Problem) bool { return !unknown(p) })
			problems = append(problems, slices.DeleteFunc(slices.Clone(native.problems), unknown)...)
		}
		problems = append(problems, strays...)
	} else {
		problems = append(problems, native.problems...)
	}
	switch {
	case !judged:
		return append(problems, Problem{Message: fmt.Sprintf("the rules of kind %s are not known here, only its fields", kind.Kind), Source: Undecided}), nil
	case native.object == nil:
		return problems, nil
	}
	found, err := rules()
	return append(problems, found...), err
}

// unknown says whether a problem is a field that is unknown.
func unknown(p Problem) bool { return p.Message == fmt.Sprintf("unknown field %q", p.Path) }

// strays returns those of a shape, which are looked for once.
func (d *Document) strays(s *shape) []Problem {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if found, known := d.fields[s]; known {
		return found
	}
	d.fields[s] = s.strays(d.content())
	return d.fields[s]
}

// createdNative returns what the rules say of creating the object, which they are asked once for each namespace.
func (d *Document) createdNative(kind catalogue.Kind, namespace string) (verdict, error) {
	return d.once(namespace, func() (verdict, error) {
		object, err := d.native().internal()
		if err != nil {
			return verdict{problems: problemsOf(err)}, nil
		}
		return judge{strategies[d.read().kind.GroupKind()], kind}.create(object, namespace), nil
	})
}

func (d *Document) createdCustom(custom func() (*customKind, error), namespace string) (verdict, error) {
	return d.once(namespace, func() (verdict, error) {
		kind, err := custom()
		if err != nil {
			return verdict{}, err
		}
		object, problems := kind.decode(d.read())
		problems = append(slices.Clone(d.read().repeated), problems...)
		if object == nil {
			return verdict{problems: problems}, nil
		}
		found := kind.create(object, namespace)
		found.problems = append(problems, found.problems...)
		return found, nil
	})
}

func (d *Document) once(namespace string, judge func() (verdict, error)) (verdict, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if found, known := d.created[namespace]; known {
		return found, nil
	}
	found, err := judge()
	if err == nil {
		d.created[namespace] = found
	}
	return found, err
}

package kubernetes

// Problem is one thing that an API server has against an object.
type Problem struct {
	// Path is the field, as the API server writes it (spec.template.spec.containers[0].image); empty where it names none.
	Path string
	// Message is the API server's own words, without the path; those of Source Undecided are this package's.
	Message string
	// Source is which part of the API server says so.
	Source Source
}

// String is the path and the message.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Source is the part of the API server that a problem comes from.
type Source string

const (
	// Served: the version serves no such kind.
	Served Source = "served"
	// Fields: the document cannot be read as its kind. A field is unknown or repeated, or a value has another type.
	Fields Source = "fields"
	// Rules: the kind's own validation.
	Rules Source = "rules"
	// PodSecurity: the level that the namespace enforces.
	PodSecurity Source = "podsecurity"
	// Warned is no refusal: the API server takes the object and warns of it, as kubectl and Helm print it.
	Warned Source = "warned"
	// Applied: what a server-side apply is against, which Helm 4 does. An object that is created or patched is admitted.
	Applied Source = "applied"
	// Undecided is no refusal: it says what cannot be known here of the object, such as the definition of its kind.
	Undecided Source = "undecided"
)

// Refused says whether there is a problem for which the API server would refuse to create the object.
func Refused(problems []Problem) bool {
	for _, problem := range problems {
		if problem.Source != Undecided && problem.Source != Warned && problem.Source != Applied {
			return true
		}
	}
	return false
}

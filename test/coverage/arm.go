package coverage

// Arm is one way that a template can go: what an if does when it is true, what it does when it is not, a range without any
// item, a define, an operand that decides.
type Arm struct {
	File  string `json:"file"`  // path from the chart's folder, such as charts/redis/templates/service.yaml
	Chart string `json:"chart"` // folder of the chart in it; empty for the chart itself
	Line  int    `json:"line"`
	What  string `json:"what"`  // such as "if .Values.hpa"
	Never string `json:"never"` // what is to be said of it if nothing reaches it, such as "was never true"

	start int  // in the text: of the action or operand
	body  span // what the arm writes; empty for operands and arms that are not written
	// shadowedBy is where a define of the same name is, which Helm parses later; empty for none.
	shadowedBy string
}

// String is the arm as it is printed where nothing reaches it.
func (a Arm) String() string { return a.What + " " + a.Never }

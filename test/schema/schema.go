package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// schema is a JSON Schema 2020-12: the keywords that schema.yaml may use, in the order in which they are written. Any
// other is an error.
type schema struct {
	never bool // the schema `false`, which admits nothing
	any   bool // the schema `true`, which admits everything

	Dialect              string             `json:"$schema,omitempty"`
	Type                 types              `json:"type,omitempty"`
	Ref                  string             `json:"$ref,omitempty"`
	Description          string             `json:"description,omitempty"`
	Deprecated           bool               `json:"deprecated,omitempty"`
	Enum                 []any              `json:"enum,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	Maximum              *int               `json:"maximum,omitempty"`
	MinLength            *int               `json:"minLength,omitempty"`
	MaxLength            *int               `json:"maxLength,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	PropertyNames        *schema            `json:"propertyNames,omitempty"`
	PatternProperties    map[string]*schema `json:"patternProperties,omitempty"`
	AdditionalProperties *schema            `json:"additionalProperties,omitempty"`
	Defs                 map[string]*schema `json:"$defs,omitempty"`
}

// keywords is schema without its methods.
type keywords schema

// refine sets the keywords that by has, and leaves all others as they are.
func (s *schema) refine(by *schema) error {
	data, err := json.Marshal(by)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, s)
}

// UnmarshalJSON sets the keywords that stand in data and leaves all others as they are.
func (s *schema) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		s.any = true
		return nil
	case "false":
		s.never = true
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode((*keywords)(s))
}

// MarshalJSON writes the schema on one line.
func (s *schema) MarshalJSON() ([]byte, error) {
	if s.any || s.never {
		return json.Marshal(s.any)
	}
	return marshal((*keywords)(s))
}

// marshal is JSON in which patterns stay readable: `<` and `&` are not escaped.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}

// marshalLines is the same with a line for each value and each definition, so that a change shows, and with no further
// space, since the file travels in every release.
func marshalLines(root *schema) ([]byte, error) {
	written, err := marshal(root)
	if err != nil {
		return nil, err
	}
	var indented, out bytes.Buffer
	if err := json.Indent(&indented, written, "", " "); err != nil {
		return nil, err
	}
	for line := range strings.Lines(indented.String()) {
		text := strings.TrimLeft(line, " ")
		deeper := len(line)-len(text) > 2 || strings.HasPrefix(line, "  }")
		if out.Len() > 0 && !deeper {
			out.WriteByte('\n')
		}
		out.WriteString(strings.Replace(strings.TrimSpace(text), `": `, `":`, 1))
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// definition returns the key in $defs that the schema refers to; empty if it refers to none.
func (s *schema) definition() string {
	return strings.TrimPrefix(s.Ref, definitions)
}

// definitions is what every $ref begins with: the schema is in one piece.
const definitions = "#/$defs/"

// types are the JSON types that a schema admits.
type types []string

// null is the type of what may be left out, and the value that removes an entry of a map.
const null = "null"

func (t types) admits(name string) bool { return slices.Contains(t, name) }

// UnmarshalJSON reads one name or a list of names.
func (t *types) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]string)(t))
	}
	var name string
	err := json.Unmarshal(data, &name)
	*t = types{name}
	return err
}

// MarshalJSON writes one name, or a list of names.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

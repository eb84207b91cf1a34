package kubeconfig

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are what a token says of itself: a service account's, or the ID token that GitLab makes for a job
// (https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload). Whether that is true only the API server knows;
// here they are for messages, and to stop what variables have made of a job before it starts.
type claims struct {
	Issuer         string  `json:"iss"`
	Subject        string  `json:"sub"`
	Audience       any     `json:"aud"` // a string or several
	Expires        float64 `json:"exp"` // seconds since 1970; 0 if it does not expire
	Project        string  `json:"project_path"`
	Ref            string  `json:"ref"`
	RefType        string  `json:"ref_type"`
	RefProtected   string  `json:"ref_protected"` // "true" or "false"
	PipelineSource string  `json:"pipeline_source"`
	Environment    string  `json:"environment"` // empty for a job without one
}

// decode returns what a token says of itself, nil if it is not that kind of token.
func decode(token string) *claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return nil
	}
	return &c
}

func (c claims) expiry() time.Time { return time.Unix(int64(c.Expires), 0) }
func (c claims) isOver() bool      { return c.Expires != 0 && time.Now().After(c.expiry()) }

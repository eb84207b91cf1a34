package kubeconfig

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are what a service account's token says of itself. Whether that is true only the API server knows: they are for
// messages alone.
type claims struct {
	Subject string  `json:"sub"`
	Expires float64 `json:"exp"` // seconds since 1970; 0 if it does not expire
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

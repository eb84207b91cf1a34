package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
)

// errAskedTwice is a request that net/http sent again by itself, since the server had closed the kept connection that
// it was sent on. Its user sees nothing, but that of a client which does not do so sees an error.
var errAskedTwice = errors.New("the kept connection was closed under the request, and net/http sent it again")

// answer of the example service.
type answer struct {
	Agent    string `json:"agent"`
	Version  string `json:"version"`
	Received *int   `json:"received"`
}

// ask sends one request and returns what is wrong with what became of it.
func (s *stream) ask(client *http.Client) error {
	sent := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent++ },
	})
	var content io.Reader
	if s.method == http.MethodPost {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, s.method, s.url, content)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %.100s", response.StatusCode, text)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil || a.Agent == "" || a.Version == "" {
		return fmt.Errorf("not the service's answer: %.100s", text)
	}
	if s.method == http.MethodPost && (a.Received == nil || *a.Received != bodySize) {
		return fmt.Errorf("not all that was sent was received: %.100s", text)
	}
	if sent > 1 {
		return errAskedTwice
	}
	return nil
}

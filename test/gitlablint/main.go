// Command gitlablint asks a GitLab what it says of a pipeline's configuration, with all that it includes, as its CI Lint does
// (https://docs.gitlab.com/api/lint/). It starts no pipeline.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"
)

// timeout bounds the request: GitLab fetches what is included, and answers in seconds.
const timeout = 2 * time.Minute

func main() {
	gitlab := flag.String("gitlab", "", "address of the GitLab, https://")
	project := flag.String("project", "", "the service's project there, group/name")
	config := flag.String("config", ".gitlab-ci.yml", "file with the configuration")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *gitlab, *project, *config); err != nil {
		fmt.Fprintln(os.Stderr, "gitlab-lint:", err)
		os.Exit(1)
	}
}

// answer is what GitLab says.
type answer struct {
	Valid    bool     `json:"valid"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
	Jobs     []struct {
		Name  string `json:"name"`
		Stage string `json:"stage"`
		When  string `json:"when"`
	} `json:"jobs"`
}

func run(ctx context.Context, out io.Writer, gitlab, project, config string) error {
	if !strings.HasPrefix(gitlab, "https://") {
		return fmt.Errorf("GITLAB=%s: write its address, https://…, as a token is sent over nothing else", gitlab)
	}
	if project == "" {
		return errors.New("PROJECT is not set: write the service's project there, group/name")
	}
	token, err := readToken()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	a, err := ask(ctx, gitlab, project, token, string(content))
	if err != nil {
		return err
	}
	for _, job := range a.Jobs {
		fmt.Fprintf(out, "%s: %s (%s)\n", job.Stage, job.Name, job.When)
	}
	for _, warning := range a.Warnings {
		fmt.Fprintln(out, "WARNING:", warning)
	}
	if !a.Valid {
		return fmt.Errorf("GitLab refuses %s:\n%s", config, strings.Join(a.Errors, "\n"))
	}
	return nil
}

func ask(ctx context.Context, gitlab, project, token, content string) (answer, error) {
	body, err := json.Marshal(map[string]any{"content": content, "dry_run": true, "include_jobs": true})
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := strings.TrimSuffix(gitlab, "/") + "/api/v4/projects/" + url.PathEscape(project) + "/ci/lint"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("PRIVATE-TOKEN", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("%s: %s: %s", address, response.Status, bytes.TrimSpace(said))
	}
	var a answer
	if err := json.Unmarshal(said, &a); err != nil {
		return answer{}, fmt.Errorf("%s does not answer as GitLab does: %w", address, err)
	}
	return a, nil
}

// readToken takes it from GITLAB_TOKEN or the file GITLAB_TOKEN_FILE: a command line is in the list of processes.
func readToken() (string, error) {
	if token := os.Getenv("GITLAB_TOKEN"); token != "" {
		return token, nil
	}
	file := os.Getenv("GITLAB_TOKEN_FILE")
	if file == "" {
		return "", errors.New("set GITLAB_TOKEN, or GITLAB_TOKEN_FILE to a file with it: a token with the scope api")
	}
	content, err := os.ReadFile(file)
	return strings.TrimSpace(string(content)), err
}

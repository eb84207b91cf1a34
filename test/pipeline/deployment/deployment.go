// Package deployment tells GitLab what an environment runs, where no job of that commit's own pipeline has deployed it.
package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// timeout bounds the request, which GitLab answers in a second.
const timeout = 30 * time.Second

// Record makes a deployment of the commit to the environment, as its newest: GitLab's environment page names it from then on.
// variable returns those of the job: os.Getenv. The job's token does (https://docs.gitlab.com/api/deployments/#create-a-deployment);
// it is in no message.
func Record(ctx context.Context, variable func(name string) string, environment, commit string) error {
	api := variable("CI_API_V4_URL")
	if !strings.HasPrefix(api, "https://") {
		return fmt.Errorf("CI_API_V4_URL is %q, and must begin with https://: the job's token is sent over nothing else", api)
	}
	if commit == "" {
		return fmt.Errorf("the Deployment does not say which commit it is of, so GitLab's page of environment %s stays as it was", environment)
	}
	body, err := json.Marshal(map[string]any{"environment": environment, "sha": commit, "ref": variable("CI_COMMIT_BRANCH"), "tag": false, "status": "success"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := strings.TrimSuffix(api, "/") + "/projects/" + url.PathEscape(variable("CI_PROJECT_ID")) + "/deployments"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("JOB-TOKEN", variable("CI_JOB_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("tell GitLab what environment %s runs: %w", environment, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 1024)) // for people
		return fmt.Errorf("environment %s runs commit %s, but GitLab does not take that for its page: %s: %s (%s)",
			environment, commit, response.Status, bytes.TrimSpace(said), address)
	}
	return nil
}

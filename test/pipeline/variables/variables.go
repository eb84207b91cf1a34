// Package variables writes the commands that give the projects of a GitLab what their jobs deploy an environment with.
package variables

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Setting is what is set for one environment.
type Setting struct {
	// Environment that the variables are for, and for whose jobs alone.
	Environment string
	// Server is the API server's address, as runners reach it (https://).
	Server string
	// CA and Token are paths of files: the cluster's certificate authority, and the deployer's token. Token is empty where the API
	// server knows the jobs' ID tokens.
	CA, Token string
	// Protected says that they are for protected branches alone, as all but those of a review are.
	Protected bool
}

var project = regexp.MustCompile(`^[A-Za-z0-9_.][-A-Za-z0-9_.]*(/[A-Za-z0-9_.][-A-Za-z0-9_.]*)+$`)

// Write writes lines for a shell, three for each project (group/project), that set its variables with glab, GitLab's own command
// line (https://gitlab.com/gitlab-org/cli). The token is in none of them: glab reads it from its file. The error names the first
// that is no project's path, and then nothing is written.
func (s Setting) Write(w io.Writer, projects []string) error {
	if !strings.HasPrefix(s.Server, "https://") {
		return fmt.Errorf("--server %q: must begin with https://, as a token is sent over nothing else", s.Server)
	}
	if len(projects) == 0 {
		return errors.New("name the projects of GitLab, such as the-project/orders, or - for a list of them on standard input")
	}
	for _, path := range projects {
		if !project.MatchString(path) {
			return fmt.Errorf("%q is no project's path: write group/project, as it is in the project's address", path)
		}
	}
	for _, path := range projects {
		set := func(key, flags, from string) {
			line := []string{"glab variable set", key, "--repo", path, "--scope", shellescape.Quote(s.Environment), "--raw"}
			if s.Protected {
				line = append(line, "--protected")
			}
			if flags != "" {
				line = append(line, flags)
			}
			fmt.Fprintln(w, strings.Join(append(line, from), " "))
		}
		set("K8S_SERVER", "", "--value "+shellescape.Quote(s.Server))
		set("K8S_CA", "--type file", "< "+shellescape.Quote(s.CA))
		if s.Token != "" {
			set("K8S_TOKEN", "--masked --hidden", "< "+shellescape.Quote(s.Token))
		}
	}
	return nil
}

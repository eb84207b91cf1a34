package lease

import (
	"fmt"
	"os"
	"os/user"
)

// holder says for people who deploys: in GitLab the job, else the user, machine and process.
// https://docs.gitlab.com/ci/variables/predefined_variables/
func holder() string {
	if job := os.Getenv("CI_JOB_ID"); job != "" {
		return fmt.Sprintf("job %s of pipeline %s of %s (%s)", job, os.Getenv("CI_PIPELINE_ID"), os.Getenv("CI_PROJECT_PATH"), os.Getenv("CI_JOB_URL"))
	}
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return fmt.Sprintf("%s@%s process %d", name, host, os.Getpid())
}

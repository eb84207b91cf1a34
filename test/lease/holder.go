package lease

import (
	"cmp"
	"fmt"
	"os"
	"os/user"

	coordinationv1 "k8s.io/api/coordination/v1"
)

// holder says for people who deploys: in GitLab the job, else the user, machine and process.
func holder() string { return cmp.Or(job(), person()) }

// job is the CI job that this process is of; empty if it is of none.
// https://docs.gitlab.com/ci/variables/predefined_variables/
func job() string {
	id := os.Getenv("CI_JOB_ID")
	if id == "" {
		return ""
	}
	return fmt.Sprintf("job %s of pipeline %s of %s (%s)", id, os.Getenv("CI_PIPELINE_ID"), os.Getenv("CI_PROJECT_PATH"), os.Getenv("CI_JOB_URL"))
}

func person() string {
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

func holderOf(l *coordinationv1.Lease) string {
	if l.Spec.HolderIdentity == nil {
		return "nobody"
	}
	return *l.Spec.HolderIdentity
}

// isOfThisJob says whether the holder is another process of the CI job that this one is of.
func isOfThisJob(l *coordinationv1.Lease) bool { return job() != "" && holderOf(l) == job() }

// isReleased says whether its last holder has ended, and left it so.
func isReleased(l *coordinationv1.Lease) bool {
	return l.Spec.HolderIdentity != nil && *l.Spec.HolderIdentity == ""
}

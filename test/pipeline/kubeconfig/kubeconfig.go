// Package kubeconfig turns the CI/CD variables that a job has into the kubeconfig of a project's deployer, once the API
// server has taken it. What is missing or wrong is told in terms of the variables: which one, what is wrong with it and
// who sets it where. No token is ever part of a message.
package kubeconfig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Options say what a job is about to deploy to.
type Options struct {
	// Environment that is deployed to: dev is the one of K8S_DEV_SERVER, K8S_DEV_TOKEN and K8S_DEV_CA.
	Environment string
	// Branch whose jobs alone get the credentials, if Protected is set: Environment if empty. Another branch may look at what
	// an environment runs.
	Branch string
	// Namespace of the project, which charts/project has made.
	Namespace string
	// PullSecret is the Secret that the project's pods pull images with, and that must be there; empty for none.
	PullSecret string
	// Registry is the host, with its port if it has one, that PullSecret must hold a login for; empty for any.
	Registry string
	// Protected refuses, before anything else, a branch that is not protected, and a job that is not of Branch: see OfBranch.
	Protected bool
	// Variable returns an environment variable of the job, or nothing: os.Getenv.
	Variable func(name string) string
	// Progress is told what the credentials are; nil for nobody.
	Progress io.Writer
}

// Write checks the credentials, asks the API server whether it takes them, and writes a kubeconfig (mode 0600, in a folder
// of its own outside of the job's checkout), whose default namespace is the project's. It returns the path.
//
// The errors are for whoever reads the job's log, and name the variables. All that are missing or malformed are in one error.
func Write(ctx context.Context, o Options) (string, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if problems := validation.IsDNS1123Label(o.Namespace); len(problems) > 0 {
		return "", fmt.Errorf("input namespace: %q is not a namespace's name: %s", o.Namespace, strings.Join(problems, "; "))
	}
	if o.Protected && o.Variable("CI_COMMIT_REF_PROTECTED") != "true" {
		return "", o.unprotected()
	}
	if err := o.OfBranch(); err != nil {
		return "", err
	}
	if err := o.overruled(); err != nil {
		return "", err
	}
	access, err := o.find()
	if err != nil {
		return "", err
	}
	if err := access.ask(ctx, o); err != nil {
		return "", err
	}
	return o.write(access.config)
}

// unprotected is the error for a branch that gets no credentials, in terms of who can do something about it.
func (o Options) unprotected() error {
	return fmt.Errorf("branch %s is not protected here, so nothing is built or deployed: environment %s takes a protected "+
		"branch, since protected variables, such as credentials, are given to those alone. "+
		"A maintainer protects it under Settings > Repository > Protected branches. (In a fork there is nothing to mend: "+
		"push to a branch of another name, which is tested and checked.)", o.branch(), o.Environment)
}

// branch is the job's, for people, who may try this outside of a job.
func (o Options) branch() string {
	return cmp.Or(o.Variable("CI_COMMIT_REF_NAME"), "(none: this is no job)")
}

// overruled refuses variables of Helm's own that go before what is in a kubeconfig, the verification of TLS included.
func (o Options) overruled() error {
	for _, name := range []string{
		"HELM_KUBEAPISERVER", "HELM_KUBETOKEN", "HELM_KUBECAFILE", "HELM_KUBECONTEXT", "HELM_KUBEASUSER", "HELM_KUBEASGROUPS",
		"HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "HELM_KUBETLS_SERVER_NAME",
	} {
		if o.Variable(name) != "" {
			return fmt.Errorf("%s is set, and goes before the credentials of the environment: remove it from the variables of "+
				"the group, the project or the runner", name)
		}
	}
	return nil
}

// write writes the kubeconfig where no artifact, cache or `git add` takes it from.
func (o Options) write(config *clientcmdapi.Config) (string, error) {
	folder, err := os.MkdirTemp("", "slipway-kubeconfig-")
	if err != nil {
		return "", err
	}
	project := o.Variable("CI_PROJECT_DIR")
	if inside, err := filepath.Rel(project, folder); project != "" && err == nil && filepath.IsLocal(inside) {
		return "", errors.Join(fmt.Errorf("temporary files would be in the project's folder %s, where a cache or an artifact "+
			"could take the token along: set TMPDIR to a folder outside of it", project), os.Remove(folder))
	}
	path := filepath.Join(folder, "config")
	return path, clientcmd.WriteToFile(*config, path) // mode 0600, in a folder of mode 0700
}

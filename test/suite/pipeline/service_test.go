//go:build e2e

package pipeline

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/random"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
	issuer "gitlab.example.com/platform/slipway/test/suite/gitlab"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/kindcluster"
)

const (
	// serviceName is the service's, and its release's.
	serviceName = "example-microservice"
	// basePath of the service's API.
	basePath = "/example/api/endpoint"
	// stateFolder is where gitlab-ci-local keeps what it keeps.
	stateFolder = ".gitlab-ci-local"
	// gitlab is the host of the GitLab that there is none of, and group the service's there.
	gitlab, group = "gitlab.example.com", "the-project"
)

// service is a service's repository as a developer has it, whose environments are there.
type service struct {
	t *testing.T
	// project is what its namespaces begin with, and the folder of its images.
	project string
	// folder is the checkout, home that of the user.
	folder, home string
	// environments by their name.
	environments map[string]environment
	// variables of the pipeline, as GitLab gives them: predefined, and the group's.
	variables map[string]variable
	// inputs that the platform's team has set for all services, and that this test sets.
	inputs map[string]any
	// jobToken is CI_JOB_TOKEN.
	jobToken string
	// issuer signs the jobs' ID tokens.
	issuer *issuer.Server
}

// environment is a project as an administrator has set it up.
type environment struct {
	namespace, token string
	// kubeconfig is the deployer's.
	kubeconfig string
	host       kindcluster.Host
}

// variable of a pipeline, in the format of gitlab-ci-local.
type variable struct {
	Type   string            `json:"type"`
	Values map[string]string `json:"values"`
}

// newService copies the example service into a repository of its own, and sets its environments up.
func newService(t *testing.T, environments ...string) service {
	t.Helper()
	s := service{
		t: t, project: "project-" + strings.ToLower(random.UniqueID()), folder: t.TempDir(), home: t.TempDir(),
		environments: map[string]environment{}, variables: map[string]variable{}, jobToken: "job-" + rand.Text(),
		issuer: issuer.NewServer(t),
	}
	s.inputs = map[string]any{
		"namespace": s.project + "-$SLIPWAY_ENVIRONMENT", "image": jobImage, "builder": "docker", "ca": "$TEAM_CA", "timeout": "3m",
		// The service's own tests, which take long, run in TestPushToDev.
		"test-command": "test -z \"$(gofmt -l *.go)\"",
	}
	if mirror, image, found := strings.Cut(builderImage, "/"); found {
		// Where no image can be pulled, modules cannot be asked for by name either: the builder image has them.
		s.inputs["image-mirror"], s.inputs["go-image"], s.inputs["go-proxy"] = mirror, image, "file:///modules"
	}
	s.copy()
	s.issuer.JobToken = s.jobToken
	s.set("TEAM_CA", "file", mustRead(t, images.Authority)+s.issuer.Authority)
	s.set("CI_API_V4_URL", "variable", s.issuer.URL+"/api/v4")
	for name, value := range map[string]string{
		"CI_REGISTRY": images.Address, "CI_REGISTRY_USER": images.Pusher.User, "CI_REGISTRY_PASSWORD": images.Pusher.Password,
		"CI_REGISTRY_IMAGE": images.Address + "/" + s.repository(), "CI_JOB_TOKEN": s.jobToken,
	} {
		s.set(name, "variable", value)
	}
	for _, name := range environments {
		s.addEnvironment(name)
	}
	return s
}

// copy makes the repository: the files that the example has in this one, and what GitLab would fetch of this one.
func (s service) copy() {
	s.t.Helper()
	from := filepath.Join(root, "test", serviceName)
	output, err := exec.CommandContext(s.t.Context(), "git", "-C", from, "ls-files", "--cached", "--others", "--exclude-standard", "-z").Output()
	require.NoError(s.t, err)
	for name := range strings.SplitSeq(strings.TrimRight(string(output), "\x00"), "\x00") {
		s.write(name, mustRead(s.t, filepath.Join(from, name)))
	}
	s.git("init", "--quiet", "--initial-branch", "main")
	s.git("config", "user.name", "Developer")
	s.git("config", "user.email", "developer@example.com")
	s.git("remote", "add", "origin", "https://"+gitlab+"/"+group+"/"+serviceName+".git")
	s.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	s.write(".git/info/exclude", "/.gitlab-ci-local*\n")
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message", "The service")

	include := regexp.MustCompile(`(?s)- project: (\S+)\s+ref: (\S+)`).FindStringSubmatch(s.read(".gitlab-ci.yml"))
	require.NotNil(s.t, include, "the service's .gitlab-ci.yml includes no project")
	fetched := filepath.Join(s.folder, stateFolder, "includes", gitlab, include[1], include[2])
	require.NoError(s.t, os.CopyFS(filepath.Join(fetched, "ci"), os.DirFS(filepath.Join(root, "ci"))))
}

// addEnvironment sets a project up as docs/project.md says, and the group's variables for it.
func (s service) addEnvironment(name string) {
	s.t.Helper()
	e := environment{namespace: s.project + "-" + name}
	e.kubeconfig = shared.NewProject(s.t, e.namespace, name)
	config, err := clientcmd.LoadFromFile(e.kubeconfig)
	require.NoError(s.t, err)
	current := config.Contexts[config.CurrentContext]
	e.token = config.AuthInfos[current.AuthInfo].Token
	cluster := config.Clusters[current.Cluster]
	prefix := "K8S_" + strings.ToUpper(name)
	s.set(prefix+"_SERVER", "variable", cluster.Server)
	s.set(prefix+"_TOKEN", "variable", e.token)
	s.set(prefix+"_CA", "file", string(cluster.CertificateAuthorityData))

	dockerConfig := filepath.Join(s.t.TempDir(), "config.json")
	require.NoError(s.t, os.WriteFile(dockerConfig, images.DockerConfig(images.Puller), 0o600))
	administrator := helmcli.Terminal{T: s.t, Program: helmcli.Helm4, Kubeconfig: shared.Kubeconfig}
	administrator.Must("kubectl", "create", "secret", "generic", "regcred", "--namespace", e.namespace,
		"--type", "kubernetes.io/dockerconfigjson", "--from-file", ".dockerconfigjson="+dockerConfig)

	// Each project of this cluster has a domain of its own, which else is the platform's.
	domain := e.namespace + ".example.com"
	e.host = shared.NewHost(s.t, "api."+domain, e.namespace, serviceName+"-tls")
	if name != "review" {
		file := "deploy/values-" + name + ".yaml"
		s.write(file, "domain: "+domain+"\n\n"+s.read(file))
	}
	s.environments[name] = e
}

// checkout goes to a branch, which is made where it is not there yet.
func (s service) checkout(branch string) {
	s.t.Helper()
	s.git("checkout", "--quiet", "-B", branch)
}

// push commits everything, on a branch, and runs the pipeline that GitLab would run for it, with manual jobs if any are
// named.
func (s service) push(branch string, manual ...string) pipeline {
	s.t.Helper()
	s.checkout(branch)
	s.git("add", "--all")
	s.git("commit", "--quiet", "--allow-empty", "--message", "A change")
	return s.run(manual...)
}

// edit replaces a text in a file of the repository, which has to be there.
func (s service) edit(name, old, replacement string) {
	s.t.Helper()
	before := s.read(name)
	require.Contains(s.t, before, old)
	s.write(name, strings.Replace(before, old, replacement, 1))
}

func (s service) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.folder, name)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(content), 0o644))
}

func (s service) read(name string) string {
	s.t.Helper()
	return mustRead(s.t, filepath.Join(s.folder, name))
}

func (s service) git(args ...string) string {
	s.t.Helper()
	output, err := exec.CommandContext(s.t.Context(), "git", append([]string{"-C", s.folder}, args...)...).CombinedOutput()
	require.NoError(s.t, err, "git %v\n%s", args, output)
	return strings.TrimSpace(string(output))
}

// set sets a variable; its type is variable or file.
func (s service) set(name, kind, value string) {
	s.variables[name] = variable{Type: kind, Values: map[string]string{"*": value}}
}

// protected branches of the service's project.
var protected = []string{"dev", "stg", "prod"}

// writeVariables writes the variables that GitLab would give to a pipeline of the branch that is checked out, and the
// inputs. Protected variables it gives to protected branches alone.
func (s service) writeVariables() {
	s.t.Helper()
	variables := maps.Clone(s.variables)
	isProtected := slices.Contains(protected, s.git("branch", "--show-current"))
	if _, told := variables["CI_COMMIT_REF_PROTECTED"]; isProtected && !told {
		variables["CI_COMMIT_REF_PROTECTED"] = variable{Type: "variable", Values: map[string]string{"*": "true"}}
	}
	if len(s.environments) > 0 {
		variables[kubeconfig.IDToken] = s.identity(isProtected)
	}
	for _, name := range protected {
		if !isProtected {
			maps.DeleteFunc(variables, func(variable string, _ variable) bool {
				return strings.HasPrefix(variable, "K8S_"+strings.ToUpper(name)+"_")
			})
		}
	}
	for name, content := range map[string]any{".gitlab-ci-local-variables.yml": variables, ".gitlab-ci-local-inputs.yml": s.inputs} {
		encoded, err := json.Marshal(content) // YAML, which JSON is
		require.NoError(s.t, err)
		require.NoError(s.t, os.WriteFile(filepath.Join(s.folder, name), encoded, 0o600))
	}
}

// identity is the ID token that GitLab would sign for the jobs of each environment.
func (s service) identity(isProtected bool) variable {
	s.t.Helper()
	branch, tokens := s.git("branch", "--show-current"), map[string]string{}
	for environment := range s.environments {
		name := environment
		if environment == "review" {
			name, environment = "review/*", "review/7"
		}
		claims := issuer.Push(group+"/"+serviceName, branch).With(issuer.Claims{"environment": environment, "ref_protected": strconv.FormatBool(isProtected)})
		if source, told := s.variables["CI_PIPELINE_SOURCE"]; told {
			claims["pipeline_source"] = source.Values["*"]
		}
		tokens[name] = s.issuer.Token(s.t, claims)
	}
	return variable{Type: "variable", Values: tokens}
}

// cloneVariables returns a copy, for restore.
func (s service) cloneVariables() map[string]variable { return maps.Clone(s.variables) }

// restore sets all variables to what they were.
func (s service) restore(variables map[string]variable) {
	clear(s.variables)
	maps.Copy(s.variables, variables)
}

// overridden are the names of all variables: gitlab-ci-local warns of those that it has values of its own for.
func (s service) overridden() []string {
	return append(slices.Sorted(maps.Keys(s.variables)), "CI_COMMIT_REF_PROTECTED", kubeconfig.IDToken)
}

// repository of the service's images in the registry.
func (s service) repository() string { return s.project + "/" + serviceName }

// secrets are all that a pipeline of the service knows, by what they are.
func (s service) secrets() map[string]string {
	secrets := map[string]string{
		"registry password": images.Pusher.Password, "pull password": images.Puller.Password, "job token": s.jobToken,
	}
	for name, e := range s.environments {
		secrets["token of "+name] = e.token
	}
	return secrets
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

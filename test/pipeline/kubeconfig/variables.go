package kubeconfig

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// access is what a job deploys with, and where it comes from.
type access struct {
	config *clientcmdapi.Config
	server string
	token  string // empty if the kubeconfig is the GitLab agent's
	// What to call them in messages: names of variables.
	serverName, tokenName, caName string
}

// user names the entries of the kubeconfig that is written.
const user = "deployer"

// find reads the variables. Those with the environment's name go before those without, and each of these a token before
// the context of a GitLab agent. Without any token there is the job's ID token.
func (o Options) find() (*access, error) {
	for _, prefix := range []string{o.prefix(), "K8S_"} {
		if o.Variable(prefix+"SERVER")+o.Variable(prefix+"TOKEN")+o.Variable(prefix+"CA") != "" {
			break
		}
		if context := o.Variable(prefix + "CONTEXT"); context != "" {
			return o.agent(strings.TrimSpace(context), prefix+"CONTEXT")
		}
	}
	server, serverName := o.lookup("SERVER")
	token, tokenName := o.lookup("TOKEN")
	if id := o.Variable(IDToken); token == "" && id != "" {
		token, tokenName = id, IDToken
	}
	ca, caName := o.lookup("CA")

	var missing []string
	for _, variable := range []struct{ value, name string }{{server, serverName}, {token, tokenName}, {ca, caName}} {
		if variable.value == "" {
			missing = append(missing, variable.name)
		}
	}
	if len(missing) > 0 {
		return nil, o.missing(missing)
	}
	pem, problem := authority(ca)
	err := errors.Join(about(serverName, address(server)), about(tokenName, credential(token)), about(caName, problem))
	if err != nil {
		return nil, err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters[o.Environment] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: pem}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[o.Namespace] = &clientcmdapi.Context{Cluster: o.Environment, AuthInfo: user, Namespace: o.Namespace}
	config.CurrentContext = o.Namespace
	return &access{config, server, token, serverName, tokenName, caName}, nil
}

// lookup returns the value of K8S_<ENVIRONMENT>_<what>, or else of K8S_<what>, which GitLab can scope to an environment,
// and the name of the variable. White space around it has been pasted along.
func (o Options) lookup(what string) (value, name string) {
	name = o.prefix() + what
	for _, n := range []string{name, "K8S_" + what} {
		if value := strings.TrimSpace(o.Variable(n)); value != "" {
			return value, n
		}
	}
	return "", name
}

// prefix of the environment's variables: K8S_DEV_ for dev, K8S_EU_WEST_ for eu-west.
func (o Options) prefix() string {
	return "K8S_" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return '_'
	}, o.Environment) + "_"
}

func (o Options) missing(names []string) error {
	are := "is"
	if len(names) > 1 {
		are = "are"
	}
	protection := fmt.Sprintf("Branch %s is not protected here, and protected variables are given to protected branches alone: "+
		"if they are set, a maintainer protects the branch under Settings > Repository > Protected branches.", o.branch())
	if o.Variable("CI_COMMIT_REF_PROTECTED") == "true" {
		protection = fmt.Sprintf("(Branch %s is protected, so that it gets protected variables too.)", o.branch())
	}
	return fmt.Errorf("%s %s not set, which environment %s is deployed with. An owner of the group sets them under "+
		"Settings > CI/CD > Variables: %[4]sSERVER, the API server's https:// address; %[4]sTOKEN, the deployer's token, masked and "+
		"protected, unless the API server knows the jobs' ID tokens; %[4]sCA, the cluster's certificate authority, of type File. (K8S_SERVER, K8S_TOKEN and K8S_CA with "+
		"environment scope %[3]s do as well, and so does %[4]sCONTEXT, a context of the GitLab agent.) %[5]s",
		strings.Join(names, ", "), are, o.Environment, o.prefix(), protection)
}

// about puts the name of a variable before what is wrong with it, if anything is.
func about(name string, problem error) error {
	if problem == nil {
		return nil
	}
	return fmt.Errorf("%s %w", name, problem)
}

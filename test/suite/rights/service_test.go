package rights

import "strconv"

// service is a release of charts/microservice in a project, as the deployer deploys it.
type service struct {
	terminal
	name   string
	values []string // files
}

// newService returns a service without features, which is not deployed yet.
func (w terminal) newService(name string) service {
	return service{terminal: w, name: name, values: []string{coreValues}}
}

// upgrade runs `helm upgrade --install` as pipelines do.
func (s service) upgrade(tag string, args ...string) error {
	s.T.Helper()
	_, err := s.Run("helm", s.upgradeArguments(tag, args...)...)
	return err
}

func (s service) upgradeArguments(tag string, args ...string) []string {
	command := []string{
		"upgrade", "--install", s.name, serviceChart, "--set", "image.tag=" + tag,
		s.Program.RollbackOnFailure, "--wait", "--timeout", "5m",
	}
	for _, file := range s.values {
		command = append(command, "--values", file)
	}
	return append(command, args...)
}

// rollback runs `helm rollback`.
func (s service) rollback(revision int) {
	s.T.Helper()
	s.Must("helm", "rollback", s.name, strconv.Itoa(revision), "--wait", "--timeout", "5m")
}

// uninstall runs `helm uninstall`.
func (s service) uninstall() {
	s.T.Helper()
	s.Must("helm", "uninstall", s.name, "--wait", "--timeout", "5m")
}

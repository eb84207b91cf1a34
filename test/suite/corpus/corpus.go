// Package corpus has Deployments of public projects, written as values of charts/microservice: what real services need, and
// in how many lines they say it.
package corpus

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// platform is the file of the values that a project's services share.
const platform = "platform.yaml"

// Service is one Deployment.
type Service struct {
	Project string // such as online-boutique
	Name    string // of its release
	Shared  string // path of the project's values
	Own     string // path of its own, which win
}

// Services returns those of a folder, such as testdata, by project and name.
func Services(folder string) ([]Service, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.yaml"))
	if err != nil {
		return nil, err
	}
	var services []Service
	for _, file := range files {
		project, name := filepath.Split(file)
		shared := filepath.Join(project, platform)
		if !slices.Contains(files, shared) {
			return nil, fmt.Errorf("%s: has no %s beside it; write the environment and the image's registry there", file, platform)
		}
		if name != platform {
			services = append(services, Service{Project: filepath.Base(project), Name: strings.TrimSuffix(name, ".yaml"), Shared: shared, Own: file})
		}
	}
	if len(services) == 0 {
		return nil, fmt.Errorf("%s: holds no <project>/<service>.yaml", folder)
	}
	return services, nil
}

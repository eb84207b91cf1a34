// Package customresources has the definitions of the custom kinds that the charts can render, or that docs/recipes.md
// shows, or that belong to one: of the Gateway API, the Prometheus operator, the External Secrets Operator, KEDA,
// cert-manager, Sealed Secrets and the Secrets Store CSI driver, as their makers release them.
package customresources

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/module"
)

// source is a release that definitions come from.
type source struct {
	module.Release
	// files of the definitions, from the module's root.
	files []string
}

// sources are what the definitions come from. To take another version, change it and run the package's tests: they name
// the sum that is now right; then `make kubernetes`.
var sources = []source{
	{
		Release: module.Release{Path: "sigs.k8s.io/gateway-api", Version: "v1.6.3", Sum: "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc="},
		files: []string{
			"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
			"config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml",
		},
	},
	{
		Release: module.Release{Path: "github.com/prometheus-operator/prometheus-operator", Version: "v0.85.0", Sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s="},
		files: []string{
			"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
			"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
			"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
		},
	},
	{
		Release: module.Release{Path: "github.com/external-secrets/external-secrets", Version: "v1.3.2", Sum: "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ="},
		files:   []string{"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
	},
	{
		Release: module.Release{Path: "github.com/kedacore/keda/v2", Version: "v2.21.0", Sum: "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps="},
		files:   []string{"config/crd/bases/keda.sh_scaledobjects.yaml"},
	},
	{
		Release: module.Release{Path: "github.com/cert-manager/cert-manager", Version: "v1.21.2", Sum: "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68="},
		files:   []string{"deploy/crds/cert-manager.io_certificates.yaml"},
	},
	{
		Release: module.Release{Path: "github.com/bitnami-labs/sealed-secrets", Version: "v0.40.0", Sum: "h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI="},
		files:   []string{"helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml"},
	},
	{
		Release: module.Release{Path: "sigs.k8s.io/secrets-store-csi-driver", Version: "v1.4.8", Sum: "h1:YmL0lx9HMYqeZCnLyOZRMuGAZXmP/e42UGCCAnMKjgE="},
		files:   []string{"config/crd/bases/secrets-store.csi.x-k8s.io_secretproviderclasses.yaml"},
	},
}

// Releases returns what the definitions come from.
func Releases() []module.Release {
	var releases []module.Release
	for _, s := range sources {
		releases = append(releases, s.Release)
	}
	return releases
}

// Definitions returns the definition of each custom kind. The first call on a machine downloads the releases into Go's
// module cache; later ones need no network.
func Definitions(ctx context.Context) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	var definitions []*apiextensionsv1.CustomResourceDefinition
	for _, r := range sources {
		dir, err := module.Download(ctx, r.Release)
		if err != nil {
			return nil, fmt.Errorf("definitions of %s %s: %w", r.Path, r.Version, err)
		}
		for _, file := range r.files {
			definition, err := read(filepath.Join(dir, filepath.FromSlash(file)))
			if err != nil {
				return nil, fmt.Errorf("definitions of %s %s: %s: %w", r.Path, r.Version, file, err)
			}
			definitions = append(definitions, definition)
		}
	}
	return definitions, nil
}

func read(path string) (*apiextensionsv1.CustomResourceDefinition, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	definition := &apiextensionsv1.CustomResourceDefinition{}
	return definition, yaml.UnmarshalStrict(content, definition)
}

// installTimeout is many times what an API server takes to serve new kinds.
const installTimeout = 3 * time.Minute

// Install creates or updates the definitions in the cluster, as its administrator, and returns when all kinds are
// served. ctx bounds the download alone.
func Install(ctx context.Context, config *rest.Config) error {
	definitions, err := Definitions(ctx)
	if err != nil {
		return err
	}
	_, err = envtest.InstallCRDs(config, envtest.CRDInstallOptions{CRDs: definitions, MaxTime: installTimeout})
	return err
}

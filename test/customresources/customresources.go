// Package customresources has the definitions of the custom kinds that the charts can render, or that docs/recipes.md
// shows: of the Gateway API, the Prometheus operator, the External Secrets Operator, KEDA, Sealed Secrets and the
// Secrets Store CSI driver, as their makers release them.
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
)

// releases are what the definitions come from. To take another version, change it and run the package's tests: they
// name the sum that is now right.
var releases = []release{
	{
		path: "sigs.k8s.io/gateway-api", version: "v1.6.3",
		sum: "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
		files: []string{
			"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
			"config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml",
		},
	},
	{
		path: "github.com/prometheus-operator/prometheus-operator", version: "v0.85.0",
		sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
		files: []string{
			"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
			"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
			"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
		},
	},
	{
		path: "github.com/external-secrets/external-secrets", version: "v1.3.2",
		sum:   "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
		files: []string{"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
	},
	{
		path: "github.com/kedacore/keda/v2", version: "v2.21.0",
		sum:   "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
		files: []string{"config/crd/bases/keda.sh_scaledobjects.yaml"},
	},
	{
		path: "github.com/bitnami-labs/sealed-secrets", version: "v0.40.0",
		sum:   "h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI=",
		files: []string{"helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml"},
	},
	{
		path: "sigs.k8s.io/secrets-store-csi-driver", version: "v1.4.8",
		sum:   "h1:YmL0lx9HMYqeZCnLyOZRMuGAZXmP/e42UGCCAnMKjgE=",
		files: []string{"config/crd/bases/secrets-store.csi.x-k8s.io_secretproviderclasses.yaml"},
	},
}

// Definitions returns the definition of each custom kind. The first call on a machine downloads the releases into Go's
// module cache; later ones need no network.
func Definitions(ctx context.Context) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	var definitions []*apiextensionsv1.CustomResourceDefinition
	for _, r := range releases {
		dir, err := r.download(ctx)
		if err != nil {
			return nil, fmt.Errorf("definitions of %s %s: %w", r.path, r.version, err)
		}
		for _, file := range r.files {
			definition, err := read(filepath.Join(dir, filepath.FromSlash(file)))
			if err != nil {
				return nil, fmt.Errorf("definitions of %s %s: %s: %w", r.path, r.version, file, err)
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

package customresources

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestDefinitions(t *testing.T) {
	definitions, err := Definitions(t.Context())
	require.NoError(t, err)

	var served []schema.GroupVersionKind
	for _, definition := range definitions {
		for _, version := range definition.Spec.Versions {
			if version.Served {
				kind := schema.GroupVersionKind{Group: definition.Spec.Group, Version: version.Name, Kind: definition.Spec.Names.Kind}
				require.NotNil(t, version.Schema.OpenAPIV3Schema, kind)
				served = append(served, kind)
			}
		}
	}
	require.ElementsMatch(t, []schema.GroupVersionKind{
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
		{Group: "gateway.networking.k8s.io", Version: "v1beta1", Kind: "HTTPRoute"},
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "GRPCRoute"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "PrometheusRule"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "PodMonitor"},
		{Group: "external-secrets.io", Version: "v1", Kind: "ExternalSecret"},
		{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"},
		{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
		{Group: "bitnami.com", Version: "v1alpha1", Kind: "SealedSecret"},
		{Group: "secrets-store.csi.x-k8s.io", Version: "v1", Kind: "SecretProviderClass"},
		{Group: "secrets-store.csi.x-k8s.io", Version: "v1alpha1", Kind: "SecretProviderClass"},
	}, served)
}

package check

import (
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

// elsewhereCalled are keys of what `helm create` writes, and of charts of others that serve the same end, with what the same is
// called in a chart that has it: the first of them that it knows.
var elsewhereCalled = map[string][]string{
	"replicaCount":            {"replicas"},
	"deployment.replicas":     {"replicas"},
	"replicas":                {"replicaCount"},
	"nameOverride":            {"fullnameOverride"},
	"applicationName":         {"fullnameOverride"},
	"containerImage":          {"image"},
	"deployment.image":        {"image"},
	"containerCommand":        {"command"},
	"containerArgs":           {"args"},
	"containerResources":      {"resources"},
	"deployment.resources":    {"resources"},
	"service.port":            {"ports.http.port"},
	"service.ports":           {"ports"},
	"service.targetPort":      {"ports.http.containerPort"},
	"service.nodePort":        {"ports.http.nodePort"},
	"containerPort":           {"ports.http.containerPort"},
	"containerPorts":          {"ports"},
	"deployment.ports":        {"ports"},
	"envVars":                 {"env"},
	"extraEnv":                {"env"},
	"deployment.env":          {"env"},
	"deployment.envFrom":      {"envFrom"},
	"environmentVariables":    {"env"},
	"configMaps":              {"config.files"},
	"configmap":               {"config.files"},
	"configMap":               {"config.files"},
	"secrets":                 {"envFrom"},
	"volumeMounts":            {"volumes"},
	"extraVolumes":            {"volumes"},
	"extraVolumeMounts":       {"volumes"},
	"persistence":             {"volumes"},
	"persistentVolumes":       {"volumes"},
	"extraContainers":         {"sidecars"},
	"sideCarContainers":       {"sidecars"},
	"sidecarContainers":       {"sidecars"},
	"extraInitContainers":     {"initContainers"},
	"extraObjects":            {"extraManifests"},
	"extraManifests":          {"extraObjects"},
	"extraDeploy":             {"extraObjects"},
	"horizontalPodAutoscaler": {"autoscaling"},
	"hpa":                     {"autoscaling"},
	"autoscaling.targetCPUUtilizationPercentage":    {"autoscaling.cpuUtilization"},
	"autoscaling.targetMemoryUtilizationPercentage": {"autoscaling.memoryUtilization"},
	"horizontalPodAutoscaler.maxReplicas":           {"autoscaling.maxReplicas"},
	"pdb":                                           {"podDisruptionBudget"},
	"minPodsAvailable":                              {"podDisruptionBudget.minAvailable"},
	"customMetricsEnabled":                          {"autoscaling.metrics"},
	"deploymentStrategy":                            {"strategy"},
	"updateStrategy":                                {"strategy"},
	"topologySpreadConstraints":                     {"topologySpread"},
	"deploymentAnnotations":                         {"annotations"},
	"additionalDeploymentAnnotations":               {"annotations"},
	"additionalPodAnnotations":                      {"podAnnotations"},
	"deployment.additionalPodAnnotations":           {"podAnnotations"},
	"additionalDeploymentLabels":                    {"labels"},
	"deployment.additionalLabels":                   {"labels"},
	"commonLabels":                                  {"labels"},
	"podSecurityPolicy":                             {"podSecurityContext"},
	"serviceAccount.automountServiceAccountToken":   {"serviceAccount.automountToken", "serviceAccount.automount"},
	"rbac.serviceAccount":                           {"serviceAccount"},
	"cronjobs":                                      {"cronJobs"},
	"cronJob":                                       {"cronJobs"},
	"ingress.ingressClassName":                      {"ingress.className"},
	"ingress.host":                                  {"ingress.hosts"},
	"ingress.hostname":                              {"ingress.hosts"},
	"httpRoute.gateways":                            {"httpRoute.parentRefs"},
	"externalSecret":                                {"externalSecrets"},
	"lifecycleHooks":                                {"lifecycle"},
	"shutdownDelay":                                 {"shutdownSeconds"},
}

// calledHere says what a key of other charts is called in this one, or nothing.
func calledHere(path []string, chart *render.Chart) string {
	if chart == nil {
		return ""
	}
	for _, here := range elsewhereCalled[strings.Join(path, ".")] {
		if chart.Has(strings.Split(here, ".")...) || chart.TypesAt(strings.Split(here, ".")) != nil {
			return "it is called " + here + " here"
		}
	}
	return ""
}

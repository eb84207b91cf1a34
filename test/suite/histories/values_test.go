package histories

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

const repository = "registry.example.com/the-project/orders"

// valuesOf are the values of charts/microservice for what the team wants, with a fault. group is that of its widgets.
func valuesOf(s model.Service, fault model.Fault, tag, group string) map[string]any {
	image := func(tag string) map[string]any { return map[string]any{"repository": repository, "tag": tag} }
	settings := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"content": "first"}}
	if s.Frozen {
		settings["immutable"], settings["data"] = true, map[string]any{"content": "frozen"}
	}
	extra := map[string]any{model.SettingsKey: settings}
	env := map[string]any{"KEPT": "yes"}
	files := map[string]any{"config.yml": fmt.Sprintf("message: %d", s.Config)}
	values := map[string]any{
		"environment": "dev", "image": image(tag), "replicas": model.Replicas, "env": env,
		"config": map[string]any{"files": files}, "extraObjects": extra,
	}
	if s.Renamed > 0 {
		values["fullnameOverride"] = s.Name()
	}
	if s.Claim > 0 {
		values["volumes"] = map[string]any{model.ClaimKey: map[string]any{
			"mountPath": "/data", "claim": map[string]any{"size": fmt.Sprintf("%dGi", s.Claim), "storageClassName": storageClass},
		}}
	}
	if s.NodePort {
		values["service"] = map[string]any{"type": "NodePort"}
	}
	if s.CronJob {
		values["cronJobs"] = map[string]any{model.CronJobKey: map[string]any{"schedule": "0 0 1 1 *", "image": image(tag)}}
	}
	// With an image of its own it mounts no claim, which is made after it.
	if s.Migration {
		values["jobs"] = map[string]any{model.MigrationKey: map[string]any{"image": image(tag)}}
	}
	if s.Widget {
		extra[model.WidgetKey] = map[string]any{"apiVersion": group + "/v1", "kind": "Widget", "spec": map[string]any{"size": s.Config}}
	}
	switch fault {
	case model.Image:
		values["image"] = image(tag + "-fail")
	case model.BadConfig:
		values["image"] = image(tag + "-fail")
		env["BAD"], env["KEPT"] = "yes", "no"
		files["bad.yml"], files["config.yml"] = "bad", "message: bad"
		extra["bad"] = map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}
	case model.Hook:
		values["jobs"] = map[string]any{model.MigrationKey: map[string]any{"image": image(tag + "-fail")}}
	case model.Schema:
		values["replica"] = 3
	case model.Mistake:
		values["readinessProbe"] = map[string]any{"httpGet": map[string]any{"port": "nowhere"}}
	case model.Immutable:
		settings["data"] = map[string]any{"content": "other"}
	}
	return values
}

// writeValues writes them into a file of a folder, and returns its path.
func writeValues(folder string, s model.Service, fault model.Fault, tag, group string) (string, error) {
	text, err := yaml.Marshal(valuesOf(s, fault, tag, group))
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, tag+".yaml")
	return path, os.WriteFile(path, text, 0o600)
}

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

var environments = []string{"dev", "stg", "prod"}

// generate writes a fleet whose services differ as real ones do: size, variables, configuration, what they are scaled by,
// and how they are reached. The same number makes the same service.
func generate(tree string, services []int) error {
	for _, i := range services {
		random := rand.New(rand.NewPCG(1, uint64(i)))
		dir := filepath.Join(tree, serviceName(i), "deploy")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		files := map[string]string{"values.yaml": shared(random, i)}
		for _, environment := range environments {
			files["values-"+environment+".yaml"] = own(random, i, environment)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func serviceName(i int) string { return fmt.Sprintf("service-%04d", i) }

// every returns count numbers of services, spread over a fleet of so many; all of them if it has no more.
func every(services, count int) []int {
	var numbers []int
	for n := range min(services, count) {
		numbers = append(numbers, n*services/min(services, count))
	}
	return numbers
}

// shared are the values of all environments of a service.
func shared(random *rand.Rand, i int) string {
	var text strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	w("image:\n  registry: registry.example.com/team-%d", i%20)
	w("client: team-%d", i%20)
	w("resources:\n  requests: {cpu: %dm, memory: %dMi}\n  limits: {memory: %dMi}", 50+10*random.IntN(20), 64, 128<<random.IntN(3))
	w("ports:\n  http:\n    port: %d", 8000+random.IntN(1000))
	if random.IntN(3) == 0 {
		w("  metrics:\n    port: 9090")
	}
	w("env:")
	for n := range 3 + random.IntN(15) {
		w("  SETTING_%d: value-%d-%d", n, i, n)
	}
	if random.IntN(2) == 0 {
		w("  POD_NAME:\n    valueFrom:\n      fieldRef:\n        fieldPath: metadata.name")
	}
	if random.IntN(2) == 0 {
		w("ingress:\n  enabled: true\n  className: traefik\n  hosts:\n    api-%d:\n      paths:\n        /service-%d: {}", i, i)
	}
	switch random.IntN(4) {
	case 0:
		w("autoscaling:\n  enabled: true\n  minReplicas: 2\n  maxReplicas: %d", 4+random.IntN(20))
	case 1:
		w("replicas: %d", 2+random.IntN(6))
	}
	if random.IntN(5) == 0 {
		w("networkPolicy:\n  enabled: true")
	}
	return text.String()
}

// own are the values of one environment of a service.
func own(random *rand.Rand, i int, environment string) string {
	var text strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	w("environment: %s\ndomain: %s.example.com", environment, environment)
	w("env:\n  LOG_LEVEL: %s\n  DATABASE: %s-db-%d.example.com", []string{"debug", "info", "warn"}[random.IntN(3)], environment, i)
	w("config:\n  files:\n    config.yml: |\n      environment: %s", environment)
	for n := range 5 + random.IntN(30) {
		w("      key-%d: value-%d", n, n*i)
	}
	return text.String()
}

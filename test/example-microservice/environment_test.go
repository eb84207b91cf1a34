package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variables returns a getenv of the two required variables, changed by overrides of name and value.
func variables(overrides ...string) func(string) string {
	values := map[string]string{"BASE_PATH": "/example/api/endpoint", "CONFIG": "/configs/dev_config.yml"}
	for i := 0; i < len(overrides); i += 2 {
		values[overrides[i]] = overrides[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestEnvironmentDefaults(t *testing.T) {
	hostname, err := os.Hostname()
	require.NoError(t, err)

	env, err := readEnvironment(variables("PORT", "", "DEBUG", ""))
	require.NoError(t, err)
	assert.Equal(t, environment{
		basePath:        "/example/api/endpoint",
		configFile:      "/configs/dev_config.yml",
		port:            8080,
		agent:           hostname,
		shutdownTimeout: 20 * time.Second,
	}, env)
}

func TestEnvironment(t *testing.T) {
	env, err := readEnvironment(variables(
		"BASE_PATH", "/", "CONFIG", "x.yml", "DEBUG", "true", "PORT", "9090", "AGENT", "pod-1", "SHUTDOWN_TIMEOUT", "1m30s"))
	require.NoError(t, err)
	assert.Equal(t, environment{
		basePath: "/", configFile: "x.yml", debug: true, port: 9090, agent: "pod-1", shutdownTimeout: 90 * time.Second,
	}, env)
}

func TestEnvironmentMistakes(t *testing.T) {
	for _, test := range []struct{ variable, value, want string }{
		{"BASE_PATH", "", "BASE_PATH is missing: write a path such as /example/api/endpoint"},
		{"BASE_PATH", "api", `BASE_PATH="api" is wrong: write a path`},
		{"BASE_PATH", "/api/", `BASE_PATH="/api/" is wrong`},
		{"BASE_PATH", "/api//v1", `BASE_PATH="/api//v1" is wrong`},
		{"BASE_PATH", "/api/../v1", `BASE_PATH="/api/../v1" is wrong`},
		{"BASE_PATH", "/api/:id", `BASE_PATH="/api/:id" is wrong`},
		{"BASE_PATH", "/api/*all", `BASE_PATH="/api/*all" is wrong`},
		{"BASE_PATH", "/api?x=1", `BASE_PATH="/api?x=1" is wrong`},
		{"BASE_PATH", "/metrics", `BASE_PATH="/metrics" is wrong: write a path such as /example/api/endpoint: / first and not last, ` +
			`only letters, digits and -._~ between, and none of /healthz, /readyz, /metrics`},
		{"CONFIG", "", "CONFIG is missing: write the path of the configuration file, such as config/dev_config.yml"},
		{"DEBUG", "maybe", `DEBUG="maybe" is wrong: write true or false`},
		{"PORT", "http", `PORT="http" is wrong: write a whole number from 0 to 65535, such as 8080`},
		{"PORT", "65536", `PORT="65536" is wrong`},
		{"PORT", "-1", `PORT="-1" is wrong`},
		{"SHUTDOWN_TIMEOUT", "20", `SHUTDOWN_TIMEOUT="20" is wrong: write a duration over 0 with its unit, such as 20s`},
		{"SHUTDOWN_TIMEOUT", "0s", `SHUTDOWN_TIMEOUT="0s" is wrong`},
	} {
		t.Run(test.variable+"="+test.value, func(t *testing.T) {
			_, err := readEnvironment(variables(test.variable, test.value))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestEnvironmentMistakesComeTogether(t *testing.T) {
	_, err := readEnvironment(variables("BASE_PATH", "", "PORT", "http", "DEBUG", "maybe"))
	require.ErrorContains(t, err, "BASE_PATH is missing")
	require.ErrorContains(t, err, `PORT="http" is wrong`)
	require.ErrorContains(t, err, `DEBUG="maybe" is wrong`)
}

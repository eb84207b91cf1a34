package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func TestConfig(t *testing.T) {
	var want config
	want.Message = "hello from dev"
	want.Something.Important = true
	want.Token.ExpHours = 24
	want.Cassandra.Cluster = []string{"lax1.cas.example.com", "ny1.cas.example.com"}
	want.Cassandra.Keyspace = "dev_app"

	got, err := readConfig("config/dev_config.yml")
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestConfigMistakes(t *testing.T) {
	const rest = "\ntoken: {expHours: 24}\ncassandra: {cluster: [a.example.com], keyspace: app}\n"
	_, err := parseConfig([]byte("message: hello" + rest))
	require.NoError(t, err, "the cases differ from this in their mistake alone")

	for _, test := range []struct{ name, text, want string }{
		{"no YAML", "message: [", "yaml: line 1: did not find expected node content: correct the YAML"},
		{"no map", "hello", "cannot unmarshal string"},
		{"unknown key", "message: hello\nmesage: hello" + rest, `unknown field "mesage": remove it, or write a key of config/dev_config.yml`},
		{"another case", "Message: hello" + rest, `unknown field "Message"`},
		{"a secret", "message: hello\ntoken: {encKey: x, expHours: 24}", `unknown field "token.encKey"`},
		{"a key twice", "message: hello\nmessage: hello" + rest, `line 2: key "message" already set in map`},
		{"number for text", "message: 42" + rest, "cannot unmarshal number into Go struct field config.message of type string: write a value of that type"},
		{"text for number", "message: hello\ntoken: {expHours: day}", "token.expHours of type int"},
		{"text for boolean", "message: hello\nsomething: {important: very}" + rest, "something.important of type bool"},
		{"text for list", "message: hello\ncassandra: {cluster: a.example.com}", "cassandra.cluster of type []string"},
		{"no message", rest, "message is missing: write the text that BASE_PATH answers"},
		{"no hours", "message: hello\ntoken: {expHours: 0}", "token.expHours is not over 0"},
		{"empty host", "message: hello\ncassandra: {cluster: ['']}", "cassandra.cluster is empty or has an empty entry"},
		{"no keyspace", "message: hello\ncassandra: {cluster: [a.example.com]}", "cassandra.keyspace is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseConfig([]byte(test.text))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestConfigFileThatCannotBeRead(t *testing.T) {
	_, err := readConfig(filepath.Join(t.TempDir(), "dev_config.yml"))
	require.ErrorContains(t, err, "no such file or directory: write the path of a file that the service can read")

	_, err = readConfig(t.TempDir())
	require.ErrorContains(t, err, "is a directory")
}

// What is deployed must not fail for the first time in the cluster.
func TestDeployedConfig(t *testing.T) {
	files, err := filepath.Glob("deploy/values-*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var values struct {
				Config struct {
					Files map[string]string `json:"files"`
				} `json:"config"`
			}
			require.NoError(t, yaml.Unmarshal(text, &values))
			require.NotEmpty(t, values.Config.Files)
			for name, content := range values.Config.Files {
				_, err := parseConfig([]byte(content))
				assert.NoError(t, err, name)
			}
		})
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// config is the configuration file. It holds no secret: those come as environment variables out of a Secret.
type config struct {
	// Message is what BASE_PATH answers.
	Message   string `json:"message"`
	Something struct {
		Important bool `json:"important"`
	} `json:"something"`
	Token struct {
		// ExpHours is how long a token is valid, in hours.
		ExpHours int `json:"expHours"`
	} `json:"token"`
	Cassandra struct {
		// Cluster has the names of the hosts.
		Cluster  []string `json:"cluster"`
		Keyspace string   `json:"keyspace"`
	} `json:"cassandra"`
}

// readConfig reads the YAML file. A key that config does not have, one that is there twice, and a value of another type
// are errors: what is not understood must not be ignored.
func readConfig(file string) (config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return config{}, fmt.Errorf("%w: write the path of a file that the service can read", err)
	}
	return parseConfig(text)
}

func parseConfig(text []byte) (config, error) {
	// By way of JSON, as YAML alone would take a number or a boolean for a string.
	document, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return config{}, fmt.Errorf("%w: correct the YAML", err)
	}
	var c config
	unknown, err := json.UnmarshalStrict(document, &c)
	if err != nil {
		return config{}, fmt.Errorf("%w: write a value of that type", err)
	}
	if len(unknown) > 0 {
		return config{}, fmt.Errorf("%w: remove it, or write a key of config/dev_config.yml", errors.Join(unknown...))
	}
	return c, c.validate()
}

// validate returns an error with a line for each value that is missing or out of range.
func (c config) validate() error {
	var mistakes []error
	require := func(good bool, mistake string) {
		if !good {
			mistakes = append(mistakes, errors.New(mistake))
		}
	}
	require(c.Message != "", "message is missing: write the text that BASE_PATH answers")
	require(c.Token.ExpHours > 0, "token.expHours is not over 0: write the hours that a token is valid, such as 24")
	require(len(c.Cassandra.Cluster) > 0 && !slices.Contains(c.Cassandra.Cluster, ""),
		"cassandra.cluster is empty or has an empty entry: write host names, such as [cas1.example.com, cas2.example.com]")
	require(c.Cassandra.Keyspace != "", "cassandra.keyspace is missing: write the keyspace, such as dev_app")
	return errors.Join(mistakes...)
}

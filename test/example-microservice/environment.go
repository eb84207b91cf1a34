package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// environment is what the service reads from its environment variables.
type environment struct {
	basePath        string
	configFile      string
	debug           bool
	port            int
	agent           string
	shutdownTimeout time.Duration
}

// readEnvironment reads the variables through getenv, such as os.Getenv. One that is empty counts as unset. The error
// has a line for each variable that is missing or wrong, with what to write.
func readEnvironment(getenv func(string) string) (environment, error) {
	// Without a host name, AGENT has no default and is reported as missing.
	hostname, _ := os.Hostname()

	var env environment
	err := errors.Join(
		readVariable(getenv, "BASE_PATH", "", parseBasePath, &env.basePath,
			"a path such as /example/api/endpoint: / first and not last, only letters, digits and -._~ between, and none of "+strings.Join(ownPaths, ", ")),
		readVariable(getenv, "CONFIG", "", parseText, &env.configFile,
			"the path of the configuration file, such as config/dev_config.yml"),
		readVariable(getenv, "DEBUG", "false", strconv.ParseBool, &env.debug,
			"true or false"),
		readVariable(getenv, "PORT", "8080", parsePort, &env.port,
			"a whole number from 0 to 65535, such as 8080 (0: any free port)"),
		readVariable(getenv, "AGENT", hostname, parseText, &env.agent,
			"the name of the pod"),
		readVariable(getenv, "SHUTDOWN_TIMEOUT", "20s", parseTimeout, &env.shutdownTimeout,
			"a duration over 0 with its unit, such as 20s"),
	)
	return env, err
}

// readVariable parses the variable called name, or fallback where it is unset, into target. The error says to write what.
func readVariable[T any](getenv func(string) string, name, fallback string, parse func(string) (T, error), target *T, what string) error {
	text := cmp.Or(getenv(name), fallback)
	if text == "" {
		return fmt.Errorf("%s is missing: write %s", name, what)
	}
	value, err := parse(text)
	if err != nil {
		return fmt.Errorf("%s=%q is wrong: write %s", name, text, what)
	}
	*target = value
	return nil
}

// errWrong is a value that cannot be used; readVariable says what can.
var errWrong = errors.New("wrong value")

// Gin gives : and * in a path a meaning of their own; neither is in here.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)

func parseBasePath(text string) (string, error) {
	if !plainPath.MatchString(text) || path.Clean(text) != text || slices.Contains(ownPaths, text) {
		return "", errWrong
	}
	return text, nil
}

func parseText(text string) (string, error) { return text, nil }

func parsePort(text string) (int, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	return int(port), err
}

func parseTimeout(text string) (time.Duration, error) {
	timeout, err := time.ParseDuration(text)
	if err == nil && timeout <= 0 {
		err = errWrong
	}
	return timeout, err
}

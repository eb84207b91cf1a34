// The example microservice: what a small service needs to run well in Kubernetes, and little else. See README.md.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
)

// Set by the build, see Dockerfile.
var (
	version  = "dev"
	revision = "unknown"
)

// oneLine makes one line of joined errors, and of the list that YAML's parser makes.
var oneLine = strings.NewReplacer(":\n  ", ": ", "\n  ", "; ", "\n", "; ")

func main() {
	level := zap.NewAtomicLevel()
	log := newLogger(level)
	err := run(log, level)
	if err != nil {
		log.Error("ended with an error", zap.String("error", oneLine.Replace(err.Error())))
	}
	_ = log.Sync()
	if err != nil {
		os.Exit(1)
	}
}

// run reads the settings, then serves until a signal ends it. It raises level if the settings ask for debug logs.
func run(log *zap.Logger, level zap.AtomicLevel) error {
	env, err := readEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	config, err := readConfig(env.configFile)
	if err != nil {
		return fmt.Errorf("CONFIG=%s: %w", env.configFile, err)
	}

	gin.SetMode(gin.ReleaseMode)
	if env.debug {
		level.SetLevel(zap.DebugLevel)
		gin.SetMode(gin.DebugMode)
		gin.DebugPrintFunc = debugPrinter(log)
	}

	log.Info("starting",
		zap.String("version", version),
		zap.String("revision", revision),
		zap.String("agent", env.agent),
		zap.String("basePath", env.basePath),
		zap.Any("config", config))

	// Before the port is open, so that no signal is missed; room for two, as the second cuts the drain short.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)

	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", env.port))
	if err != nil {
		return fmt.Errorf("PORT=%d: %w: write a port that is free and that the user may open", env.port, err)
	}
	return newServer(env, config, log).serve(listener, signals)
}

package deploy

import (
	"errors"
	"strings"
)

const (
	// scaledOut is a service with many pods, all of which may be replaced at once.
	scaledOut = "{replicas: 20, strategy: {rollingUpdate: {maxSurge: 100%}}}"
	// turnedOn turns the autoscaler on. It has no metrics, so it does no more than to keep to its bounds.
	turnedOn = "autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 12}"
	// autoscaled gives it room for all that follows.
	autoscaled = "autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 30}"
	fewest     = 3
)

// scalingStep is a row of docs/autoscaling.md.
type scalingStep struct {
	name string
	do   func(s *scaling, args ...string) error
	// conflict is the command that helps where Helm refuses, for lack of forceConflicts; empty where it does not.
	conflict perWay[string]
	// mend is that command; nil if it is the step's own.
	mend func(s *scaling, args ...string) error
	// replicas are the numbers that the Deployment's spec.replicas then takes, one after the other; none if it stays.
	replicas []int32
}

// perWay is a value for each of scalingWays.
type perWay[T any] [3]T

// helm4Alone applies on the server's side, which knows whose each field is.
func helm4Alone[T any](value T) perWay[T] { return perWay[T]{1: value} }

const forceConflicts = "--force-conflicts"

var scalingSteps = []scalingStep{
	{name: "installed with `replicas: 20`", do: upgradeTo("dev-1", ""), replicas: []int32{20}},
	{name: "autoscaling turned on, and the autoscaler scales in to its `maxReplicas: 12`", do: upgradeTo("dev-1", turnedOn), replicas: []int32{12}},
	{name: "upgrade, with `maxReplicas: 30` from here on", do: upgradeTo("dev-2", autoscaled)},
	{name: "the autoscaler scales in", do: scaleTo(6), replicas: []int32{6}},
	{name: "upgrade", do: upgradeTo("dev-3", autoscaled)},
	{name: "the autoscaler scales in", do: scaleTo(5), replicas: []int32{5}},
	{
		name: "upgrade that fails and goes back (`--atomic`)", do: failingUpgrade, replicas: []int32{6},
		conflict: helm4Alone("`helm rollback --force-conflicts`"), mend: rollbackTo(4),
	},
	{name: "the autoscaler scales in", do: scaleTo(5), replicas: []int32{5}},
	{name: "upgrade that fails and goes back, with `--force-conflicts` where Helm 4 alone deploys", do: forced(failingUpgrade), replicas: []int32{6}},
	{name: "the autoscaler scales out", do: scaleTo(8), replicas: []int32{8}},
	{name: "`helm rollback` to the first upgrade", do: rollbackTo(3), conflict: helm4Alone("`--force-conflicts`"), replicas: []int32{12}},
	{name: "the autoscaler scales in to `minReplicas: 3`", do: scaleTo(fewest), replicas: []int32{fewest}},
	{name: "autoscaling turned off", do: upgradeTo("dev-3", ""), conflict: helm4Alone("`--force-conflicts`"), replicas: []int32{20}},
}

// withoutReplicas are the steps of a chart that leaves `replicas` out once there is an autoscaler, as is often advised.
var withoutReplicas = []scalingStep{
	{name: "installed with `replicas: 20`", do: upgradeTo("dev-1", ""), replicas: []int32{20}},
	{name: "autoscaling turned on by a chart that leaves `replicas` out", do: upgradeTo("dev-1", turnedOn), replicas: []int32{1, fewest}},
}

func upgradeTo(tag, values string) func(*scaling, ...string) error {
	return func(s *scaling, args ...string) error {
		return s.with(scaledOut).with(values).upgrade(append(args, "--set", "image.tag="+tag)...)
	}
}

func failingUpgrade(s *scaling, args ...string) error {
	err := s.with(scaledOut).with(autoscaled).failingUpgrade(append(args, s.program.RollbackOnFailure)...)
	switch {
	case err == nil:
		return errors.New("the upgrade did not fail")
	case strings.Contains(err.Error(), "has been rolled back due to"):
		return nil
	}
	return err
}

// forced is a step with forceConflicts, which Helm 3 does not know, and Helm 4 refuses for what Helm 3 has installed.
func forced(do func(*scaling, ...string) error) func(*scaling, ...string) error {
	return func(s *scaling, args ...string) error {
		if scalingWays[s.way].installs == helm4 {
			args = append(args, forceConflicts)
		}
		return do(s, args...)
	}
}

func rollbackTo(revision int) func(*scaling, ...string) error {
	return func(s *scaling, args ...string) error { return s.rollback(revision, args...) }
}

func scaleTo(replicas int32) func(*scaling, ...string) error {
	return func(s *scaling, _ ...string) error { return s.scale(replicas) }
}

package main

import "runtime/debug"

// version is set by the linker in a release (make binaries).
var version string

// currentVersion returns the version that this command was released or installed with; what go build knows of the checkout
// (a pseudo-version) in between.
func currentVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

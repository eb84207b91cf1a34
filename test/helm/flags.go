package helm

// timeoutFlag is the one that has a type.
const timeoutFlag = "timeout"

// helmFlag is a flag of `helm upgrade` or `helm install` in Helm 3 or 4. Those of `helm rollback` are among the upgrade's.
type helmFlag struct {
	name, short string
	takesValue  bool
	// verb is the only one that has the flag in this form; empty for both.
	verb string
}

// helmFlags are all flags but --timeout and those that say which cluster: without them a flag's value cannot be told from the
// release's name. TestFlags compares them with what both Helms say of themselves.
var helmFlags = []helmFlag{
	{name: "atomic"}, // hidden in Helm 4
	{name: "ca-file", takesValue: true},
	{name: "cert-file", takesValue: true},
	{name: "cleanup-on-fail"},
	{name: "color", takesValue: true},
	{name: "colour", takesValue: true},
	{name: "content-cache", takesValue: true},
	{name: "create-namespace"},
	{name: "dependency-update"},
	{name: "description", takesValue: true},
	{name: "devel"},
	{name: "disable-openapi-validation"},
	{name: "dry-run"},
	{name: "enable-dns"},
	{name: "force"},
	{name: "force-conflicts"},
	{name: "force-replace"},
	{name: "generate-name", short: "g"},
	{name: "help", short: "h"},
	{name: "hide-notes"},
	{name: "hide-secret"},
	{name: "history-max", takesValue: true},
	{name: "insecure-skip-tls-verify"},
	{name: "install", short: "i"},
	{name: "key-file", takesValue: true},
	{name: "keyring", takesValue: true},
	{name: "labels", short: "l", takesValue: true},
	{name: "name-template", takesValue: true},
	{name: "no-hooks"},
	{name: "output", short: "o", takesValue: true},
	{name: "pass-credentials"},
	{name: "password", takesValue: true},
	{name: "plain-http"},
	{name: "post-renderer", takesValue: true},
	{name: "post-renderer-args", takesValue: true},
	{name: "recreate-pods"}, // hidden in Helm 3
	{name: "render-subchart-notes"},
	{name: "replace"},
	{name: "repo", takesValue: true},
	{name: "reset-then-reuse-values"},
	{name: "reset-values"},
	{name: "reuse-values"},
	{name: "rollback-on-failure"},
	{name: "server-side", takesValue: true, verb: "upgrade"},
	{name: "server-side", verb: "install"},
	{name: "set", takesValue: true},
	{name: "set-file", takesValue: true},
	{name: "set-json", takesValue: true},
	{name: "set-literal", takesValue: true},
	{name: "set-string", takesValue: true},
	{name: "skip-crds"},
	{name: "skip-schema-validation"},
	{name: "take-ownership"},
	{name: "username", takesValue: true},
	{name: "values", short: "f", takesValue: true},
	{name: "verify"},
	{name: "version", takesValue: true},
	{name: "wait"}, // Helm 4 takes a strategy, after = only
	{name: "wait-for-jobs"},
}

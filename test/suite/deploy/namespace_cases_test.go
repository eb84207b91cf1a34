package deploy

// namespaceCase is a row of docs/namespace.md, true for each of its settings.
type namespaceCase struct {
	name     string
	settings []setting
	by       account // whose rights Helm has; nil for those that the setting calls for
	steps    []step
}

// settings are all combinations.
func settings(before []situation, elsewhere, flag []bool, options ...string) []setting {
	if options == nil {
		options = []string{""}
	}
	var all []setting
	for _, situation := range before {
		for _, place := range elsewhere {
			for _, flag := range flag {
				for _, option := range options {
					all = append(all, setting{situation, place, flag, option})
				}
			}
		}
	}
	return all
}

var (
	anyones   = []situation{nobodys, anothers}
	nobody    = []situation{nobodys}
	another   = []situation{anothers}
	nothing   = []situation{missing}
	anywhere  = []bool{false, true}
	itself    = []bool{false}
	elsewhere = []bool{true}
	onOrOff   = []bool{true, false}
	flagOn    = []bool{true}
	flagOff   = []bool{false}

	missingElsewhere = settings(nothing, elsewhere, flagOn)
	existingItself   = settings(nobody, itself, flagOn)
)

const (
	createNamespace = "--create-namespace"
	takeOwnership   = "--take-ownership"
)

// What Helm says; names as in [scene.anonymous].
var (
	notFound      = both(`namespaces "x" not found`)
	notStored     = both(`create: failed to create: namespaces "x" not found`)
	rolloutFailed = perHelm[string]{
		helm3: `UPGRADE FAILED: context deadline exceeded`,
		helm4: `UPGRADE FAILED: resource Deployment/x/svc not ready. status: InProgress`,
	}
	beingTerminated = both(`is forbidden: unable to create new content in namespace x because it is being terminated`)
	mayNotMake      = perHelm[string]{
		helm3: `namespaces is forbidden: User "…" cannot create resource "namespaces"`,
		helm4: `namespaces "x" is forbidden: User "…" cannot patch resource "namespaces"`,
	}
	mayNotLook  = both(`error calling lookup: namespaces "x" is forbidden: User "…" cannot get resource "namespaces"`)
	mayNotStore = both(`query: failed to query with labels: secrets is forbidden: User "…" cannot list resource "secrets"`)
)

// namespaceCases are the table of docs/namespace.md.
var namespaceCases = []struct {
	title string
	cases []namespaceCase
}{
	{"Flag, place and options", []namespaceCase{
		{
			name:     "exists, nobody's or another release's; `-n` itself or another",
			settings: settings(anyones, anywhere, flagOn),
			steps: []step{
				deploy("install with the flag off", off, untouched), deploy("flag on", on, untouched),
				rollback(untouched), uninstall(untouched),
				deploy("install with the flag on and `--take-ownership`", on, untouched, takeOwnership),
				deploy("flag off", off, untouched), uninstall(untouched),
				deploy("install with the flag off and `--take-ownership`", off, untouched, takeOwnership),
			},
		},
		{
			name:     "exists, nobody's or another release's; not `-n`; flag on or off; `--create-namespace`",
			settings: settings(anyones, elsewhere, onOrOff, createNamespace),
			steps:    []step{deploy("install", given, untouched)},
		},
		{
			name:     "exists, nobody's; `-n` itself; flag on or off; `--create-namespace`",
			settings: settings(nobody, itself, onOrOff, createNamespace),
			steps:    []step{deploy("install", given, untouched).butHelm4(named)},
		},
		{
			name:     "exists, made by a release of the same Helm; `-n` itself; flag on or off; `--create-namespace`",
			settings: settings(another, itself, onOrOff, createNamespace),
			steps:    []step{deploy("install", given, untouched).butHelm4(stripped)},
		},
		{
			name:     "missing; not `-n`; flag on",
			settings: missingElsewhere,
			steps: []step{
				deploy("install", on, made), deploy("flag off", off, untouched), rollback(untouched),
				uninstall(untouched), deploy("install again", on, untouched),
			},
		},
		{
			name:     "the same, `--create-namespace` or `--take-ownership`",
			settings: settings(nothing, elsewhere, flagOn, createNamespace, takeOwnership),
			steps:    []step{deploy("install", on, made)},
		},
		{
			name:     "the same, `--no-hooks`",
			settings: missingElsewhere,
			steps:    []step{deploy("install", on, absent, "--no-hooks").failing(notFound), deploy("upgrade without it", on, made)},
		},
		{
			name:     "missing; not `-n`; flag off; with `--create-namespace` or `--take-ownership` too",
			settings: settings(nothing, elsewhere, flagOff, "", createNamespace, takeOwnership),
			steps:    []step{deploy("install", off, absent).failing(notFound)},
		},
		{
			name:     "missing; `-n` itself; flag on or off; with `--take-ownership` too",
			settings: settings(nothing, itself, onOrOff, "", takeOwnership),
			steps:    []step{deploy("install", given, absent).failing(notStored)},
		},
		{
			name:     "missing; `-n` itself; flag on or off; `--create-namespace`",
			settings: settings(nothing, itself, onOrOff, createNamespace),
			steps:    []step{deploy("install", given, madeByHelm), uninstall(untouched)},
		},
	}},
	{"What comes later", []namespaceCase{
		{
			name:     "made by an upgrade whose rollout fails, `--cleanup-on-fail`",
			settings: missingElsewhere,
			steps: []step{
				deployNotElsewhere("install with the objects in `-n`"),
				failedRollout("upgrade", made, "--cleanup-on-fail").failing(rolloutFailed),
				deploy("next upgrade", on, untouched),
			},
		},
		{
			name:     "the same with `--atomic` / `--rollback-on-failure`",
			settings: missingElsewhere,
			steps: []step{
				deployNotElsewhere("install with the objects in `-n`"),
				failedRollout("upgrade", made, rollbackOnFailure).failing(perHelm[string]{
					helm3: "UPGRADE FAILED: release svc failed, and has been rolled back due to atomic being set",
					helm4: "UPGRADE FAILED: release svc failed, and has been rolled back due to rollback-on-failure being set",
				}),
				deploy("next upgrade", on, untouched),
			},
		},
		{
			name:     "made by an install whose rollout fails, `--atomic` / `--rollback-on-failure`",
			settings: missingElsewhere,
			steps: []step{
				failedRollout("install", made, rollbackOnFailure).failing(perHelm[string]{
					helm3: "release svc failed, and has been uninstalled due to atomic being set",
					helm4: "release svc failed, and has been uninstalled due to rollback-on-failure being set",
				}),
				deploy("install again", on, untouched),
			},
		},
		{
			name:     "made; `client` and `environment` change",
			settings: missingElsewhere,
			steps: []step{
				deploy("install", on, made),
				deploy("upgrade", on, untouched, "--set", "client=another", "--set", "environment=stg"),
			},
		},
		{
			name:     "made; somebody removes its labels and annotations",
			settings: missingElsewhere,
			steps: []step{
				deploy("install", on, made),
				patchByHand(`{"metadata": {"labels": {"client": null, "env": null}, "annotations": null}}`),
				deploy("flag off", off, untouched), uninstall(untouched),
			},
		},
		{
			name:     "made; somebody deletes it",
			settings: missingElsewhere,
			steps: []step{
				deploy("install", on, made), removeByHand(),
				rollback(absent).failing(notFound), deploy("upgrade", on, made),
			},
		},
		{
			name:     "terminating; `-n` itself or another; flag on or off",
			settings: settings([]situation{terminating}, anywhere, onOrOff),
			steps:    []step{deploy("install", given, untouched).failing(beingTerminated)},
		},
		{
			name:     "made; the other Helm takes over for a while",
			settings: missingElsewhere,
			by:       makerWithBoth,
			steps: []step{
				deploy("install", on, made), byTheOther(deploy("flag off by the other", off, untouched)),
				deploy("flag on", on, untouched), byTheOther(uninstall(untouched)),
			},
		},
	}},
	{"Two services in one namespace, with pods", []namespaceCase{
		{
			name:     "missing; not `-n`",
			settings: missingElsewhere,
			steps: append(twoServices(made, "one", "two"),
				deployOne("flag off", "one", untouched, "--set", "namespace.create=false"), uninstallLast("one")),
		},
		{
			name:     "missing; not `-n`; in the other order",
			settings: missingElsewhere,
			steps:    twoServices(made, "two", "one"),
		},
		{
			name:     "exists; `-n` itself",
			settings: existingItself,
			steps:    twoServices(untouched, "one", "two"),
		},
		{
			name:     "made by one; it is `-n` of two, first install with `--create-namespace`",
			settings: missingElsewhere,
			steps:    []step{deploy("install one", on, made), deployInto("install two", untouched, createNamespace).butHelm4(stripped)},
		},
	}},
	{"Rights that are missing", []namespaceCase{
		{
			name:     "exists; `--create-namespace`, by a project's deployer",
			settings: existingItself,
			by:       deployer,
			steps: []step{
				deploy("first install with the flag on", on, untouched, createNamespace).failing(mayNotMake),
				deploy("with the flag off", off, untouched, createNamespace).failing(mayNotMake),
				deploy("install without the option", on, untouched), deploy("upgrade with it", on, untouched, createNamespace),
			},
		},
		{
			name:     "exists; no `get` on namespaces",
			settings: existingItself,
			by:       blind,
			steps: []step{
				deploy("install with the flag on", on, untouched).failing(mayNotLook),
				deploy("install with the flag off", off, untouched), rollback(untouched), uninstall(untouched),
			},
		},
		{
			name:     "missing; not `-n`; by the deployer of `-n`",
			settings: missingElsewhere,
			by:       deployer,
			steps:    []step{deploy("install with the flag on", on, absent).failing(mayNotLook)},
		},
		{
			name:     "missing; not `-n`; no `create` on namespaces",
			settings: missingElsewhere,
			by:       without("create"),
			steps:    []step{deploy("install with the flag on", on, absent).failing(both(`cannot create resource "namespaces"`))},
		},
		{
			name:     "missing; not `-n`; no `patch` on namespaces",
			settings: missingElsewhere,
			by:       without("patch"),
			steps: []step{
				deploy("install with the flag on", on, made).butHelm4(absent).
					failing(perHelm[string]{helm4: `cannot patch resource "namespaces"`}),
			},
		},
		{
			name:     "missing; `-n` itself; with `--create-namespace` too; by another namespace's deployer",
			settings: settings(nothing, itself, flagOn, "", createNamespace),
			by:       stranger,
			steps:    []step{deploy("install", on, absent).failing(mayNotStore)},
		},
	}},
	{"For comparison: a plain Namespace in a chart's templates", []namespaceCase{
		{
			name:     "missing; not `-n`",
			settings: missingElsewhere,
			by:       administrator,
			steps:    []step{deployPlain("install", on, owned), deployPlain("upgrade without the template", off, deleted)},
		},
		{
			name:     "the same; its release is upgraded to this chart",
			settings: missingElsewhere,
			by:       administrator,
			steps:    []step{deployPlain("install", on, owned), deploy("upgrade to this chart, flag on", on, deleted)},
		},
		{
			name:     "the same; before it `kubectl annotate namespace x helm.sh/resource-policy=keep`",
			settings: missingElsewhere,
			by:       administrator,
			steps: []step{
				deployPlain("install", on, owned), patchByHand(`{"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}`),
				deploy("upgrade to this chart, flag on", on, untouched),
			},
		},
	}},
}

# What a newcomer types. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help deploy image rollback down test unit embedded e2e e2e-long test-long fuzz scale bench check lint docs kubernetes kubernetes-check slipway notes package binaries job-image login publish publish-image
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

# As package tool does: nothing is compiled twice.
export CGO_ENABLED := 0

ENV       ?= dev
TAG       ?= $(ENV)-1
CLUSTER   ?= embedded
SERVICE   ?= example-microservice
# The three environments share the embedded cluster, so each has a project of its own.
NAMESPACE ?= the-project$(if $(filter-out dev,$(ENV)),-$(ENV))
TIMEOUT   ?= 5m

slipway     := .build/slipway
service_dir := test/$(SERVICE)
env_values  := $(service_dir)/deploy/values-$(ENV).yaml
# The platform's, then the service's own: each later one wins.
values      := $(foreach dir,ci/platform $(service_dir)/deploy,--values $(dir)/values.yaml --values $(dir)/values-$(ENV).yaml)
environments = $(patsubst $(service_dir)/deploy/values-%.yaml,%,$(wildcard $(service_dir)/deploy/values-*.yaml))
# What to type for the same environment again.
other_env = $(if $(filter-out dev,$(ENV)), ENV=$(ENV))
# The user's own helm and kubectl where there are any, else those of go.mod.
programs = helm=$$(command -v helm || $(slipway) tool helm3); kubectl=$$(command -v kubectl || $(slipway) tool kubectl); \
  PATH=$$(dirname "$$helm"):$$(dirname "$$kubectl"):$$PATH

# Set for the clusters that slipway starts; any other is a context of the user's kubeconfig.
throwaway := $(filter embedded kind,$(CLUSTER))
cluster    = $(slipway) cluster --provider $(or $(throwaway),embedded)
# Where kind's node image and the Dockerfile's builder cannot be pulled, this makes them and names them.
images = images=$$(test/cluster/nodeimage/images.sh) && eval "$$images"
image  = $(shell sed -n 's/^  registry: //p' ci/platform/values.yaml)/$(SERVICE):$(TAG)

# What an administrator does once for each environment of a project. In kind the ingress controller must reach the pods.
project_command = upgrade --install $(NAMESPACE) charts/project --namespace projects --create-namespace --set environment=$(ENV)\
  $(if $(filter kind,$(CLUSTER)),--set networkPolicy.allowedNamespaces.ingress=true)
# Credentials for the rest of a recipe. In a throwaway cluster the project is made first; all that follows holds the
# deployer's rights. On any other cluster the kubeconfig is the user's own.
ifneq ($(throwaway),)
project     = (export KUBECONFIG=$$($(cluster) kubeconfig); \
  helm status $(NAMESPACE) --namespace projects 2>/dev/null | grep '^STATUS: deployed' >/dev/null || \
  { set -x; helm $(project_command) >/dev/null; })
credentials = KUBECONFIG=$$($(cluster) deployer --namespace $(NAMESPACE)); export KUBECONFIG
context     =
context_known = true
else
project     = true
context_known = contexts=$$(kubectl config get-contexts --output name | paste -sd' '); case " $${contexts:=none} " in *" $(CLUSTER) "*) ;; *) \
  echo "CLUSTER=$(CLUSTER): is neither embedded nor kind, nor a context of your kubeconfig, which has: $$contexts" >&2; exit 2;; esac
credentials = export HELM_KUBECONTEXT=$(CLUSTER)
context     = --context $(CLUSTER)
endif

help: ## List what can be made
	@echo 'usage: make TARGET [ENV=$(ENV)] [TAG=$(TAG)] [CLUSTER=$(CLUSTER), kind or a kubeconfig context] [TIMEOUT=$(TIMEOUT)]'
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

deploy: slipway ## Deploy the example service with the chart (cluster first, if none is up)
	@test -d $(service_dir)/deploy || { echo "SERVICE=$(SERVICE): there is no $(service_dir)/deploy" >&2; exit 2; }
	@test -f $(env_values) || { echo "ENV=$(ENV): there is no $(env_values); there are values for: $(environments)" >&2; exit 2; }
ifeq ($(CLUSTER),kind)
	@$(images); $(cluster) status >/dev/null 2>&1 || $(cluster) up; $(MAKE) --no-print-directory image; $(cluster) load $(image)
else ifeq ($(CLUSTER),embedded)
	@$(cluster) status >/dev/null 2>&1 || $(cluster) up
else
	@$(programs); $(context_known); found=$$(kubectl $(context) get namespace $(NAMESPACE) --ignore-not-found --output name); \
	test -n "$$found" || { \
	  echo "namespace $(NAMESPACE) must be there before the first deploy, and Helm cannot make it; an administrator does:" >&2; \
	  echo "  helm --kube-context $(CLUSTER) $(project_command)" >&2; exit 2; }
endif
	@$(programs); $(project); $(credentials); set -x; \
	$(slipway) rollout -- helm upgrade --install $(SERVICE) charts/microservice --namespace $(NAMESPACE) \
	  $(values) --set image.tag=$(TAG) --atomic --wait --timeout $(TIMEOUT); \
	kubectl $(context) get po,svc,deploy,ing -l app=$(SERVICE) --namespace $(NAMESPACE)
ifeq ($(CLUSTER),kind)
	@# The certificate is the ingress controller's own: nothing in this cluster makes real ones.
	@$(programs); $(credentials); ingress=$$($(cluster) status | sed -n 's/.* \(.*\) (HTTPS)/\1/p'); \
	url=$$(kubectl get ingress $(SERVICE) --namespace $(NAMESPACE) --output jsonpath='https://{.spec.rules[0].host}{.spec.rules[0].http.paths[0].path}'); \
	set -x; \
	curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors --insecure --connect-to "::$$ingress" "$$url"
	@echo
else ifeq ($(CLUSTER),embedded)
	@echo
	@echo 'The API server, scheduler and controllers are real; nodes are simulated and no container runs, so nothing answers.'
	@tag='$(TAG)'; n=$${tag##*-}; case "$$n" in *[!0-9]*|'') n=1;; esac; \
	echo "Next: make deploy$(other_env) TAG=$(ENV)-$$((10#$$n + 1))   an upgrade"
	@echo '      make deploy$(other_env) TAG=$(ENV)-fail   an image that never gets ready, and the way back (TIMEOUT=30s to wait less)'
	@echo '      make rollback$(other_env)   make down'
endif

image: ## Build the example service's image for kind, with Docker
	@# BuildKit is part of old docker commands, and of new ones with buildx.
	@$(images); set -x; \
	DOCKER_BUILDKIT=1 "$${DOCKER:-docker}" build --tag $(image) $${BUILDER_IMAGE:+--build-arg BUILDER_IMAGE=$$BUILDER_IMAGE} \
	  --build-arg VERSION=$(TAG) --build-arg REVISION=$$(git rev-parse HEAD) $(service_dir)

rollback: slipway ## Put back the last good revision before the live one
	@# Not plain `helm rollback`: after a failed upgrade that would put the failed revision back.
	@$(programs); $(context_known); $(credentials); \
	revision=$$($(slipway) revision $(SERVICE) --namespace $(NAMESPACE)); \
	set -x; \
	helm rollback $(SERVICE) "$$revision" --namespace $(NAMESPACE) --wait --timeout $(TIMEOUT); \
	kubectl $(context) get po,svc,deploy,ing -l app=$(SERVICE) --namespace $(NAMESPACE)

down: slipway ## Remove the cluster, with all that is in it
	@test -n '$(throwaway)' || { echo 'CLUSTER=$(CLUSTER): make down removes only a cluster that make has started: embedded or kind' >&2; exit 2; }
	@$(cluster) down

# Runs the tests of $$packages; this target's name is that of the report. All that is downloaded, is before.
define run_tests
for tool in controlplane helm3 helm4 kubectl; do $(slipway) tool $$tool >/dev/null; done; \
  go mod download; (cd test/example-microservice && go mod download); go test -run TestDefinitions ./test/customresources >/dev/null; \
  gotestsum="$$(go tool -n gotest.tools/gotestsum) --format pkgname"; $(deny_network); \
  (set -x; $$gotestsum --jsonfile .build/$@.json --junitfile .build/$@.xml -- -count=1 -timeout 30m $$deny $$packages)
endef
# Each package's tests get a network of their own, in which there is nothing but they, where the system gives one.
# OFFLINE=required ends where it gives none.
define deny_network
go build -o .build/offline ./test/offline; deny="-exec $$PWD/.build/offline"; \
  if why=$$(.build/offline true 2>&1); then echo 'Tests run with the network denied.' >&2; \
  else echo "WARNING: tests run with the network, so that none is seen to need it: $$why" >&2; deny=; test '$(OFFLINE)' != required; fi
endef
# The example is a module of its own.
run_example = (set -x; cd test/example-microservice; $$gotestsum --jsonfile ../../.build/example.json --junitfile ../../.build/example.xml -- -count=1 $$deny ./...)
# Packages whose tests start embedded clusters, or with -v all others.
starting_clusters = $$(go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... | grep -E $(1) 'slipway/test/(cluster|suite/embedded)[] ]' | cut -d' ' -f1)

test: slipway ## Run every test that needs no Docker
	@packages=./...; $(run_tests); $(run_example)

unit: slipway ## Run those of them that need no cluster
	@packages=$(call starting_clusters,-v); $(run_tests); $(run_example)

embedded: slipway ## Run those of them that start embedded clusters
	@packages=$(call starting_clusters); $(run_tests)

e2e_tags   = e2e
e2e_suites = $(sort $(foreach file,$(shell grep -ls '^//go:build e2e' test/suite/*/*_test.go),$(word 3,$(subst /, ,$(file)))))

e2e: slipway ## Run every test that takes Docker, most of them in kind (SUITE=kind for one suite)
	@for suite in $(SUITE); do case ' $(e2e_suites) ' in *" $$suite "*) ;; *) \
	  echo "SUITE=$$suite: takes no Docker, or is not there; those that do: $(e2e_suites)" >&2; exit 2;; esac; done
	@for tool in helm3 helm4 kubectl; do $(slipway) tool $$tool >/dev/null; done
	@# A cluster of its own: the suites make trouble in it, one after the other. It is removed when all have passed.
	@$(images); export SLIPWAY_CLUSTERS="$${SLIPWAY_CLUSTERS:-$$PWD/.build/clusters}"; \
	kind="$(slipway) cluster --provider kind"; down="$$kind down"; ! $$kind status >/dev/null 2>&1 || down=true; set -x; $$kind up; \
	$$(go tool -n gotest.tools/gotestsum) --format standard-verbose --jsonfile .build/e2e.json --junitfile .build/e2e.xml -- \
	  -tags $(e2e_tags) -count=1 -timeout 2h -p 1 $(patsubst %,./test/suite/%,$(or $(SUITE),$(e2e_suites))); \
	$$down

e2e-long: e2e_tags = e2e,long
e2e-long: e2e ## Run those too that take long: outages of the control plane, each failure and each takeover with each Helm

test-long: ## Try 20,000 random values of every key against an API server, and slipway check on them, an hour
	go test -v -count=1 -timeout 6h -run 'TestValuesThatTheSchemaAdmits|TestCheckPredicts' ./test/suite/values -cases 20000 -seed 0

# Package and name of each fuzz target. Where time is up while Go's fuzzer is at work, it may say so as if it were a failure
# (https://go.dev/issue/75804): a finding is what it has written a file for.
fuzz_values    = test/valuesfile FuzzParse
fuzz_templates = test/render FuzzTemplates
FUZZ          ?= values templates
FUZZTIME      ?= 1m

fuzz: $(FUZZ:%=fuzz-%) ## Feed values files and templates that are made up to what reads them (FUZZ=values for one), for FUZZTIME=1m each

fuzz-%:
	@mkdir -p .build; said=.build/$@.txt; \
	(set -x; go test -run '^$$' -fuzz '^$(lastword $(fuzz_$*))$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 2s ./$(firstword $(fuzz_$*))) 2>&1 | tee $$said || \
	  { grep -q 'context deadline exceeded' $$said && ! grep -q 'Failing input written' $$said; }

scale: slipway ## Measure what a deploy costs with 500 releases in the cluster, a quarter of an hour, and write docs/scale.md
	go test -count=1 -timeout 3h ./test/suite/scale -run 'TestReleases|TestPage' -v -releases 500 -projects 20 -batches 20 -update

bench: slipway ## Measure slipway check over 1,000 generated services in 3 environments, for 8 versions of Kubernetes, and its peers
	go run ./test/suite/fleet/bench -slipway $(slipway)

check: slipway ## Check the values of the example and of a small fleet, as eight versions of Kubernetes would
	$(slipway) check --strict --report codequality=.build/check.json --report junit=.build/check.xml

lint: slipway ## Check formatting, Go and the charts
	@test -z "$$(gofmt -l .)" || { echo 'not formatted, run gofmt -w on:' >&2; gofmt -l . >&2; exit 1; }
	go vet -tags e2e ./...
	go vet -tags e2e,long ./test/suite/kind ./test/suite/release
	go tool staticcheck -tags e2e,long ./...
	cd test/example-microservice && go vet ./...
	for helm in helm3 helm4; do "$$($(slipway) tool $$helm)" lint --strict charts/*; done

# What is released, in one version: both charts, the job image and the command.
version    = $(shell sed -n 's/^version: //p' charts/microservice/Chart.yaml)
RELEASE   ?= .build/release
# Which compiles all packages anew: nothing of the machine's paths is in the programs.
TRIMPATH  ?= -trimpath
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
archives   = $(patsubst charts/%,$(RELEASE)/%-$(version).tgz,$(wildcard charts/*))

notes: ## Write what CHANGELOG.md says of the charts' version, which must be that of the tag (GIT_TAG=v1.2.3), if there is one
	@mkdir -p $(RELEASE)
	go run ./test/release notes --tag '$(GIT_TAG)' >$(RELEASE)/notes.md

package: slipway ## Package both charts, signed with the key in the file SIGNING_KEY by the name SIGNING_NAME, if there is one
	@mkdir -p $(RELEASE)
	@# Helm reads the key in its binary form, which is none for a CI/CD variable.
	@$(programs); $(if $(SIGNING_KEY),keyring=$$(mktemp); trap 'rm -f "$$keyring"' EXIT; gpg --dearmor <'$(SIGNING_KEY)' >"$$keyring";) \
	set -x; helm package charts/* --destination $(RELEASE) $(if $(SIGNING_KEY),--sign --key '$(SIGNING_NAME)' --keyring "$$keyring") \
	  $(if $(SIGNING_PASSPHRASE),--passphrase-file '$(SIGNING_PASSPHRASE)')

binaries: ## Build the command slipway for Linux and macOS
	@for platform in $(PLATFORMS); do (set -x; GOOS=$${platform%/*} GOARCH=$${platform#*/} \
	  go build $(TRIMPATH) -ldflags '-s -w -X main.version=$(version)' -o $(RELEASE)/slipway-$${platform/\//-} ./test/cmd/slipway); done
	cd $(RELEASE) && sha256sum slipway-* >SHA256SUMS

job-image: ## Build the image of the pipeline's jobs as REGISTRY:<version of the charts>, with Docker
	DOCKER_BUILDKIT=1 "$${DOCKER:-docker}" build --file ci/image/Dockerfile --tag $(REGISTRY):$(version) \
	  $(foreach arg,BUILDER_IMAGE BASE_IMAGE PROGRAMS,$${$(arg):+--build-arg $(arg)=$$$(arg)}) \
	  --build-arg VERSION=$(version) --build-arg REVISION=$$(git rev-parse HEAD) .

# Where docker and helm both find what helm has stored.
login: slipway ## Log in to the host REGISTRY as REGISTRY_USER, whose password is read from standard input
	@$(programs); helm registry login '$(REGISTRY)' --username '$(REGISTRY_USER)' --password-stdin \
	  --registry-config "$${DOCKER_CONFIG:-$$HOME/.docker}/config.json"

publish: slipway ## Publish both charts to REGISTRY (make login comes first), unless this version is there
	@test -n '$(REGISTRY)' || { echo 'REGISTRY: say where to, as in REGISTRY=registry.example.com/platform/slipway' >&2; exit 2; }
	@for archive in $(archives); do test -f $$archive.prov || \
	  { echo "$$archive is not there with a signature: make package SIGNING_KEY=FILE SIGNING_NAME=NAME comes first" >&2; exit 2; }; done
	go run ./test/release absent $(patsubst $(RELEASE)/%-$(version).tgz,$(REGISTRY)/charts/%:$(version),$(archives))
	@$(programs); for archive in $(archives); do (set -x; helm push $$archive oci://$(REGISTRY)/charts); done

publish-image: ## Publish the image that make job-image has built, unless this version is there
	go run ./test/release absent $(REGISTRY):$(version)
	"$${DOCKER:-docker}" push $(REGISTRY):$(version)

docs: ## Generate schema and README of the charts
	go run ./test/schema charts/*

kubernetes: ## Generate the catalogue of Kubernetes' versions from their releases (downloads eight of them, 200 MB, once)
	go generate ./test/kubernetes/catalogue

kubernetes-check: ## Check that the catalogue is what the releases say
	cd test/kubernetes/catalogue && go run ./generate -check

slipway: ## Build the command that starts clusters, .build/slipway
	@mkdir -p .build
	@test -x $(slipway) || echo 'building the command slipway, which takes a minute or two the first time' >&2
	@go build -o $(slipway) ./test/cmd/slipway

# What there is to type: `make help` lists it. What a target does is a script of test/make where it takes more than a line.
.DEFAULT_GOAL := help

# As package tool does: nothing is compiled twice.
export CGO_ENABLED := 0

# The command: what SLIPWAY names, or what `make slipway` builds.
slipway := $(or $(SLIPWAY),.build/slipway)

# What these take, as in `make deploy ENV=stg`; no other target does, as tests that it runs may type make themselves.
deploy rollback down image: export ENV       ?= dev
deploy rollback down image: export TAG       ?= $(ENV)-1
# embedded, kind, or a context of your kubeconfig.
deploy rollback down image: export CLUSTER   ?= embedded
deploy rollback down image: export SERVICE   ?= example-microservice
# The three environments share a cluster, so each has a project of its own.
deploy rollback down image: export NAMESPACE ?= the-project$(if $(filter-out dev,$(ENV)),-$(ENV))
deploy rollback down image: export TIMEOUT   ?= 5m

##@ Deploy and test
.PHONY: deploy rollback down check test e2e help

deploy: slipway ## Deploy the example service with the chart (cluster first, if none is up)
	@test/make/deploy.sh

rollback: slipway ## Put back the last good revision before the live one
	@test/make/rollback.sh

down: slipway ## Remove the cluster, with all that is in it
	@test/make/down.sh

check: slipway ## Check the values of the example and of a small fleet, as eight versions of Kubernetes would
	$(slipway) check --strict --report codequality=.build/check.json --report junit=.build/check.xml

test: slipway ## Run what a change has to pass before it is pushed, without Docker, in some minutes
	@test/make/tests.sh test

e2e: needs-e2e slipway ## Run every test that takes Docker, most of them in kind (SUITE=kind for one suite)
	@test/make/e2e.sh e2e

help: ## List what can be made
	@echo 'usage: make TARGET [ENV=dev] [TAG=dev-1] [CLUSTER=embedded, kind or a kubeconfig context] [TIMEOUT=5m]'
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5) ":"} /^[a-z0-9-]+:.*## / {printf "  %-18s%s\n", $$1, $$2}' Makefile

##@ Develop
.PHONY: unit scenarios test-matrix histories race test-long e2e-long fuzz bench scale lint gitlab-lint docs kubernetes kubernetes-check image slipway needs needs-race needs-e2e

unit: slipway ## Run those tests of make test that need no cluster
	@test/make/tests.sh unit

scenarios: slipway ## Play what can happen to a deploy, each scenario with Helm 3 or with Helm 4, in embedded clusters
	@test/make/tests.sh scenarios

test-matrix: export LEAVE_OUT ?=
test-matrix: slipway ## Run what make test and make scenarios leave out: each scenario with the other Helm
	@test/make/tests.sh test-matrix

histories: slipway ## Play a dozen histories of a service that have all that can happen to it, of which make test plays one
	@test/make/tests.sh histories

race: needs-race slipway ## Run the tests of packages that start goroutines, and no cluster, with Go's race detector
	@test/make/tests.sh race

test-long: slipway ## Try 20,000 random values of every key against an API server, and play 1,000 random histories of a service, half a day
	go test -v -count=1 -timeout 6h -run 'TestValuesThatTheSchemaAdmits|TestCheckPredicts' ./test/suite/values -cases 20000 -seed 0
	SLIPWAY=$(realpath $(slipway)) go test -v -count=1 -timeout 24h -run TestHistories ./test/suite/histories -histories 1000 -seed 0
	SLIPWAY=$(realpath $(slipway)) go test -v -count=1 -timeout 24h -tags long -run TestFaults ./test/suite/histories

e2e-long: needs-e2e slipway ## Run make e2e with what takes long: outages of the control plane, each failure and each takeover with each Helm
	@test/make/e2e.sh e2e,long

fuzz: export FUZZ     ?= values templates
fuzz: export FUZZTIME ?= 1m
fuzz: ## Feed values files and templates that are made up to what reads them (FUZZ=values for one), for FUZZTIME=1m each
	@test/make/fuzz.sh

bench: slipway ## Measure slipway check over 1,000 generated services in 3 environments, for 8 versions of Kubernetes, and its peers
	go run ./test/suite/fleet/bench -slipway $(slipway)

scale: slipway ## Measure what a deploy costs with 500 releases in the cluster, a quarter of an hour, and write docs/scale.md
	go test -count=1 -timeout 3h ./test/suite/scale -run 'TestReleases|TestPage' -v -releases 500 -projects 20 -batches 20 -update

lint: slipway ## Check formatting, Go and the charts
	@test -z "$$(gofmt -l .)" || { echo 'not formatted, run gofmt -w on:' >&2; gofmt -l . >&2; exit 1; }
	go vet -tags e2e ./...
	go vet -tags e2e,long ./test/suite/histories ./test/suite/kind ./test/suite/release
	go tool staticcheck -tags e2e,long ./...
	cd test/example-microservice && go vet ./...
	for helm in helm3 helm4; do "$$($(slipway) tool $$helm)" lint --strict charts/* || exit; done

docs: ## Generate schema and README of the charts
	go run ./test/schema charts/*

kubernetes: ## Generate the catalogue of Kubernetes' versions from their releases (downloads eight of them, 200 MB, once)
	go generate ./test/kubernetes/catalogue

kubernetes-check: ## Check that the catalogue is what the releases say
	cd test/kubernetes/catalogue && go run ./generate -check

image: ## Build the example service's image for kind, with Docker
	@test/make/image.sh

slipway: needs ## Build the command slipway, .build/slipway, unless SLIPWAY names one that is built
ifndef SLIPWAY
	@mkdir -p .build
	@test -x $(slipway) || echo 'building the command slipway, which takes a minute or two the first time' >&2
	@go build -o $(slipway) ./test/cmd/slipway
else
	@test -x $(slipway) || { echo 'SLIPWAY=$(slipway): there is no such command' >&2; exit 2; }
endif

# What is missing is said before anything is built.
needs:
	@test/make/needs.sh

needs-race:
	@test/make/needs.sh "gcc gcc links Go's race detector"

needs-e2e: needs
	@test/make/needs-e2e.sh

gitlab-lint: export CONFIG ?= test/example-microservice/.gitlab-ci.yml
gitlab-lint: ## Ask a GitLab what it says of a service's configuration (GITLAB=https://…, PROJECT=group/name, CONFIG=.gitlab-ci.yml; the token in GITLAB_TOKEN or the file GITLAB_TOKEN_FILE)
	@go run ./test/gitlablint -gitlab '$(GITLAB)' -project '$(PROJECT)' -config '$(CONFIG)'

##@ Release
.PHONY: notes package binaries job-image login publish publish-image

notes package binaries publish: export RELEASE ?= .build/release
# Charts, job image and command have one.
binaries job-image publish publish-image: export VERSION = $(shell sed -n 's/^version: //p' charts/microservice/Chart.yaml)
binaries: export PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
# Which compiles all packages anew: nothing of the machine's paths is in the programs.
binaries: export TRIMPATH ?= -trimpath

notes: ## Write what CHANGELOG.md says of the charts' version, which must be that of the tag (GIT_TAG=v1.2.3), if there is one
	@mkdir -p $(RELEASE)
	go run ./test/release notes --tag '$(GIT_TAG)' >$(RELEASE)/notes.md

package: slipway ## Package both charts, signed with the key in the file SIGNING_KEY by the name SIGNING_NAME, if there is one
	@test/make/package.sh

binaries: ## Build the command slipway for Linux and macOS
	@test/make/binaries.sh

job-image: ## Build the image of the pipeline's jobs as REGISTRY:<version of the charts>, with Docker
	@test/make/job-image.sh

login: slipway ## Log in to the host REGISTRY as REGISTRY_USER, whose password is read from standard input
	@test/make/login.sh

publish: slipway ## Publish both charts to REGISTRY (make login comes first), unless this version is there
	@test/make/publish.sh

publish-image: ## Publish the image that make job-image has built, unless this version is there
	go run ./test/release absent $(REGISTRY):$(VERSION)
	"$${DOCKER:-docker}" push $(REGISTRY):$(VERSION)

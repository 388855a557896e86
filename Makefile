# `make synth` needs Python 3.11+ and make; what else it needs it installs into .venv. Written for
# GNU make 3.81 (macOS) and /bin/sh; the longer steps are in tools/.

.DEFAULT_GOAL := help
.PHONY: help synth test check golden contract schema diff review deploy destroy adopt bench clean lock \
	cdktf programs machine full image-test wheels runtime tests

ifeq ($(wildcard tools/setup),)
$(error run make where its Makefile is, as in: make -C ..)
endif

# What would have the project's Python read other modules, leave out docstrings, or cd elsewhere.
unexport CDPATH PYTHONEXECUTABLE PYTHONHOME PYTHONOPTIMIZE PYTHONPATH PYTHONSAFEPATH

# These count from make's own command line alone: exported in a shell, they would aim a command at
# another cluster, or answer its question.
EXPORTED := $(strip $(foreach name,ARGS CLUSTER MIGRATE STACK,$(if $(filter environment%,$(origin $(name))),$(name))))
ifneq ($(and $(EXPORTED),$(filter diff review deploy destroy,$(MAKECMDGOALS))),)
$(if $(filter CLUSTER,$(EXPORTED)),$(error CLUSTER of the environment does not count; name it after make: make $(MAKECMDGOALS) CLUSTER=$(CLUSTER)))
$(warning $(EXPORTED) of the environment does not count; name it after make)
endif
$(foreach name,$(EXPORTED),$(eval override $(name) :=))

ARGS ?=
CLUSTER ?=
MIGRATE ?=
STACK ?=

# What synth reads: the clusters to synthesise, all of them when empty.
CLUSTERS ?= $(CLUSTER)
FAIL_ON ?= will-fail
export CLUSTER CLUSTERS STACK FAIL_ON
# How the commands are told of the cluster and of another stack than its own, if they are named.
NAMED = $(if $(CLUSTER),"$$CLUSTER") $(if $(STACK),--stack "$$STACK") $(if $(MIGRATE),--migrate)
EKS_CLUSTER = tools/run .venv/bin/eks-cluster

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-10s  %s\n", $$1, $$2 }'

synth: runtime ## write the Terraform JSON of every cluster, or of CLUSTER=name
	@$(EKS_CLUSTER) synth

# The tests call make themselves, from a clean slate.
test: tests ## run the tests; ARGS="-k subnets" goes to pytest
	@unset MAKEFLAGS MFLAGS MAKELEVEL CLUSTER CLUSTERS STACK FAIL_ON; \
	  PATH="$(CURDIR)/.venv/bin:$$PATH" tools/run .venv/bin/python -m pytest \
	  --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: tests ## lint, types, import contracts, specs
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(EKS_CLUSTER) check

golden: tests ## rewrite tests/golden and show what changed
	@CLUSTERS= tools/run .venv/bin/python -m tests.golden

contract: tests ## record once, at a release, what its apply leaves, for later versions to keep
	@CLUSTERS= tools/run .venv/bin/python -m tests.contract.record

schema: runtime ## rewrite clusters/schema.json and docs/reference.md from the spec
	@$(EKS_CLUSTER) schema
	@.venv/bin/python -m constructs_lib.spec.reference

diff: runtime ## plan CLUSTER and show the review of the plan
	@$(EKS_CLUSTER) plan $(NAMED) $(ARGS)

review: runtime ## as diff, but fail on findings of FAIL_ON=level (will-fail) or worse
	@$(EKS_CLUSTER) review $(NAMED) --fail-on "$$FAIL_ON" $(ARGS)

deploy: runtime ## apply CLUSTER, after showing the plan and asking; MIGRATE=1 moves its state
	@$(EKS_CLUSTER) deploy $(NAMED) $(ARGS)

destroy: runtime ## destroy CLUSTER, after showing the plan and asking for its name
	@$(EKS_CLUSTER) destroy $(NAMED) $(ARGS)

adopt: ## print the spec of a hand-made cluster: STATE=file, from terraform show -json
	@test -n "$(STATE)" || { echo "make adopt: say STATE=file, the output of terraform show -json" >&2; exit 1; }
	@tools/setup runtime >&2 # standard output is the spec
	@$(EKS_CLUSTER) adopt "$(STATE)"

bench: tests ## measure synth; ARGS=--write puts the table into docs/performance.md
	@CLUSTERS= tools/run .venv/bin/python -m bench $(ARGS)

programs: runtime ## build the real programs that tests run, once for this user (20 minutes, Go)
	@.venv/bin/python -m tools.programs.build

machine: ## make the Ubuntu that tests boot as a node, once for this user (minutes, root)
	@tools/machine

full: override ARGS += -m full
full: test ## run the tests that are too long for the gate

image-test: override ARGS += -m full tests/node/test_image.py
image-test: programs machine test ## build the node image with Packer, and boot it as a node

clean: ## remove what the targets above made, local Terraform state excepted
	rm -rf .venv node_modules tests/plan_review/mermaid/node_modules .cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find cdktf.out -name '*.tfstate*' 2>/dev/null | grep -q . || rm -rf cdktf.out

cdktf: ## install CDKTF's own command line, for tools/run cdktf synth and the like
	@tools/setup cdktf

wheels: runtime ## build the two wheels into dist/ (docs/how-to/your-own-repository.md)
	@.venv/bin/python -m hatchling build -t wheel -d dist
	@cd plan_review && ../.venv/bin/python -m hatchling build -t wheel -d ../dist

LOCK = .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
lock: cdktf ## renew requirements/*.txt and package-lock.json
	$(LOCK) requirements/test.in --output-file requirements/test.txt
	$(LOCK) bench/peers/requirements.in --output-file bench/peers/requirements.txt
	$(LOCK) bench/checkov/requirements.in --output-file bench/checkov/requirements.txt
	$(LOCK) requirements/uv.in --output-file requirements/uv.txt
	$(LOCK) requirements/node.in --output-file requirements/node.txt
	$(LOCK) requirements/runtime.in --output-file requirements/runtime.txt -c requirements/test.txt
	tools/run npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

runtime tests:
	@tools/setup $(@:tests=test)

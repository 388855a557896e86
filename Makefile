# `make synth` needs Python 3.11+, git and make; what else it needs it installs into .venv and
# node_modules. Written for GNU make 3.81 (macOS) and /bin/sh; the longer steps are in tools/.

.DEFAULT_GOAL := help
.PHONY: help synth test check golden contract schema diff review deploy destroy adopt bench clean lock \
	programs runtime tests cluster

# CLUSTER is the one to work on. Where clusters/ holds a single one, it need not be named.
ifeq ($(words $(wildcard clusters/*.yaml)),1)
CLUSTER ?= $(basename $(notdir $(wildcard clusters/*.yaml)))
endif
# What main.py reads: the clusters to synthesise, all of them when empty.
CLUSTERS ?= $(CLUSTER)
# The stack to plan or deploy; another than the cluster's own is, say, the one that holds its state.
STACK ?= $(CLUSTER)
FAIL_ON ?= will-fail
export CLUSTER CLUSTERS STACK FAIL_ON

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-8s  %s\n", $$1, $$2 }'

synth: $(if $(CLUSTER),cluster) runtime ## write the Terraform JSON of every cluster, or of CLUSTER=name
	@tools/run tools/synth

# The tests call make themselves, from a clean slate.
test: tests ## run the tests; ARGS="-k subnets" goes to pytest
	@unset MAKEFLAGS MFLAGS MAKELEVEL CLUSTER CLUSTERS STACK FAIL_ON; \
	  PATH="$(CURDIR)/.venv/bin:$$PATH" tools/run .venv/bin/python -m pytest \
	  --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: tests ## lint, types, import contracts, specs
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/python -m constructs_lib.check clusters/

golden: tests ## rewrite tests/golden and show what changed
	@CLUSTERS= tools/run .venv/bin/python -m tests.golden

contract: tests ## record once, at a release, what its apply leaves, for later versions to keep
	@CLUSTERS= tools/run .venv/bin/python -m tests.contract.record

schema: runtime ## rewrite clusters/schema.json from the spec
	@.venv/bin/python -m constructs_lib.spec.schema

diff: cluster ## plan CLUSTER and show the review of the plan
	@tools/require terraform
	@$(MAKE) --no-print-directory synth
	@tools/run tools/plan "$$STACK" --format text

review: cluster ## as diff, but fail on findings of FAIL_ON=level (will-fail) or worse
	@tools/require terraform
	@$(MAKE) --no-print-directory synth
	@tools/run tools/plan "$$STACK" --format text --fail-on "$$FAIL_ON"

deploy: cluster ## apply CLUSTER, after showing the plan and asking
	@tools/require terraform kubectl aws
	@$(MAKE) --no-print-directory synth
	@tools/run tools/apply deploy "$$STACK" $(ARGS)

destroy: cluster ## destroy CLUSTER, after showing the plan and asking
	@tools/require terraform
	@$(MAKE) --no-print-directory synth
	@tools/run tools/apply destroy "$$STACK" $(ARGS)

adopt: runtime ## print the spec of a hand-made cluster: STATE=file, from terraform show -json
	@test -n "$(STATE)" || { echo "make adopt: say STATE=file, the output of terraform show -json" >&2; exit 1; }
	@.venv/bin/python -m adopt "$(STATE)"

bench: tests ## measure synth; ARGS=--write puts the table into docs/performance.md
	@CLUSTERS= tools/run .venv/bin/python -m bench $(ARGS)

programs: runtime ## build the real programs that tests run, once for this user (half an hour, Go)
	@.venv/bin/python -m tools.programs.build

clean: ## remove what the targets above made, local Terraform state excepted
	rm -rf .venv node_modules tests/plan_review/mermaid/node_modules .cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find cdktf.out -name '*.tfstate*' 2>/dev/null | grep -q . || rm -rf cdktf.out

LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
lock: runtime ## renew requirements/*.txt and package-lock.json (needs uv)
	$(LOCK) requirements/test.in --output-file requirements/test.txt
	$(LOCK) bench/peers/requirements.in --output-file bench/peers/requirements.txt
	$(LOCK) requirements/node.in --output-file requirements/node.txt
	$(LOCK) requirements/runtime.in --output-file requirements/runtime.txt -c requirements/test.txt
	tools/run npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

runtime tests:
	@tools/setup $(@:tests=test)

cluster:
	@[ -n "$$CLUSTER" ] || { echo "which cluster? CLUSTER=$$(cd clusters && ls *.yaml | sed 's/\.yaml$$//' | paste -sd, - | sed 's/,/ or CLUSTER=/g')" >&2; exit 1; }
	@[ -f "clusters/$$CLUSTER.yaml" ] || { echo "no clusters/$$CLUSTER.yaml" >&2; exit 1; }

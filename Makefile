# What a person types. Each set-up step is a file that is made once, when it is missing; all of them
# lie in .tools/ (and tests/browser/node_modules), so deleting those folders undoes the set-up.

SHELL := bash

TRUNK_VERSION := 0.21.14
# wasm-bindgen's program and crate must be of the same version to the last digit.
BINDGEN_VERSION := $(shell . .ci/setup/common.sh && locked_version wasm-bindgen)

SETUP := .ci/setup
WASM32 := .tools/wasm32-$(or $(NETSPLIT_WASM),auto)
TRUNK := .tools/trunk-$(TRUNK_VERSION)
BINDGEN := .tools/wasm-bindgen-$(BINDGEN_VERSION)
BINARYEN := .tools/binaryen
NODE_MODULES := tests/browser/node_modules/.package-lock.json
CHROMIUM := .tools/chromium

WITH_WASM := $(SETUP)/with-wasm $(WASM32)
SITE := dist/index.html
PROBE := target/netsplit-probe.wasm
# With the folders themselves, so that a deleted file counts as a change too.
SOURCES := Cargo.toml Cargo.lock $(shell find src static)

# Trunk takes wasm-bindgen and wasm-opt from PATH; ours come first because a distribution's wasm-opt
# may be too old for what rustc writes.
export PATH := $(CURDIR)/$(TRUNK)/bin:$(CURDIR)/$(BINDGEN)/bin:$(CURDIR)/$(BINARYEN)/node_modules/.bin:$(PATH)
# What the tests that compare native runs with WebAssembly's look for.
NATIVE := $(abspath $(or $(CARGO_TARGET_DIR),target))
export NETSPLIT_CLI := $(NATIVE)/debug/netsplit
export NETSPLIT_PROBE_WASM := $(CURDIR)/$(PROBE)

# CI builds what Cargo.lock says or nothing; a person's new dependency updates the lock as usual.
LOCKED := $(if $(CI),--locked)
# TAP's closing lines are what a CI can count. Forced exit: a test that failed before it closed its
# browser must not keep the run waiting.
NODE_TEST := node --test --test-force-exit --test-timeout=1200000 --test-reporter=$(if $(CI),tap,spec)
STEP = @printf '\n== %s\n'

.DEFAULT_GOAL := help
.PHONY: help serve build test swarm bench setup format lint test-native test-browser clean have-rust have-node

help: ## Say what can be made (the default)
	@echo 'Netsplit: make one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo 'The first build sets up its tools in .tools/ (some minutes); later ones start at once.'

serve: $(SITE) ## Build the site and serve it on this machine (PORT=8080)
	@node tests/browser/serve.mjs dist $(or $(PORT),8080)

build: $(SITE) ## Build the static site into dist/
	@echo 'The site is in dist/: any static host can serve it, from any path.'

test: have-rust ## Run every check and test, in the order of how soon they tell
	@$(MAKE) --no-print-directory format
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test-native
	@$(MAKE) --no-print-directory test-browser

bench: $(SITE) $(PROBE) $(NODE_MODULES) $(CHROMIUM) ## Measure the simulator, natively and in WebAssembly, and the page
	@cargo build $(LOCKED) --release -p netsplit-tests --bin bench
	@node tests/browser/bench.mjs $(NATIVE)/release/bench $(PROBE)
	@node tests/browser/page.bench.mjs

swarm: have-rust ## Hold every protocol to its contract over many random fault plans (SEEDS=10000)
	@cargo run $(LOCKED) --release -p netsplit-tests --bin swarm -- $(or $(SEEDS),10000)

setup: $(WASM32) $(TRUNK)/bin/trunk $(BINDGEN)/bin/wasm-bindgen $(BINARYEN)/node_modules/.package-lock.json $(NODE_MODULES) $(CHROMIUM) ## Only set up the tools

format: ## Check the formatting (cargo fmt --all repairs it)
	$(STEP) 'formatting'
	@cargo fmt --all --check

lint: ## Check with clippy, warnings being errors
	$(STEP) 'clippy'
	@cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings

test-native: ## Run the tests that need no browser
	$(STEP) 'native tests'
	@cargo test $(LOCKED) --workspace

test-browser: $(SITE) $(PROBE) $(NODE_MODULES) $(CHROMIUM) ## Run the built site's tests in Chromium
	$(STEP) 'browser tests'
	@cargo build $(LOCKED) -p netsplit-cli
	@$(NODE_TEST) tests/browser/*.test.mjs

clean: ## Delete what was built, but not the tools
	rm -rf dist target

$(SITE): index.html Trunk.toml $(SOURCES) | $(WASM32) $(TRUNK)/bin/trunk $(BINDGEN)/bin/wasm-bindgen $(BINARYEN)/node_modules/.package-lock.json
	$(STEP) 'site'
# Trunk asks cargo for no network (Trunk.toml), so every crate of every platform must be here first.
	@$(WITH_WASM) cargo fetch $(LOCKED)
	@$(WITH_WASM) trunk build --release

# The simulator as a bare module, for the test that both compilations of it agree to the last bit.
$(PROBE): $(SOURCES) $(shell find tests/wasm) | $(WASM32)
	$(STEP) 'probe'
	@$(WITH_WASM) cargo build $(LOCKED) --release --target wasm32-unknown-unknown -p netsplit-wasm-probe
	@mkdir -p target
	@$(WITH_WASM) sh -c 'cp "$${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/netsplit_wasm_probe.wasm" $@'

have-rust:
	@$(SETUP)/rust

have-node:
	@$(SETUP)/node

$(WASM32): | have-rust
	@$(SETUP)/wasm32 $@

$(TRUNK)/bin/trunk: | have-rust
	@$(SETUP)/cargo-tool trunk $(TRUNK_VERSION) $(TRUNK)

# After Trunk, not beside it: both builds use every core.
$(BINDGEN)/bin/wasm-bindgen: | have-rust $(TRUNK)/bin/trunk
	@$(SETUP)/cargo-tool wasm-bindgen-cli $(BINDGEN_VERSION) $(BINDGEN)

$(BINARYEN)/node_modules/.package-lock.json: $(SETUP)/binaryen/package-lock.json | have-node
	@mkdir -p $(BINARYEN)
	@cp $(SETUP)/binaryen/package.json $(SETUP)/binaryen/package-lock.json $(BINARYEN)/
	@$(SETUP)/npm $(BINARYEN)

$(NODE_MODULES): tests/browser/package-lock.json | have-node
	@$(SETUP)/npm tests/browser

$(CHROMIUM):
	@$(SETUP)/chromium $@

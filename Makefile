# Two commands do all the set-up: `make demo` and `make test`. Everything lives in .venv-device/ and .venv/ here.

PORT ?= 8080
# The newest Python the project is tested with; on a Raspberry Pi the system's own, whose picamera2 is then seen.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo yes),$(p))))
# Raspberry Pi OS brings picamera2 as a system package, built on the system's numpy.
SYSTEM_CAMERA := $(shell /usr/bin/python3 -c 'import picamera2' 2>/dev/null && echo yes)
ifeq ($(SYSTEM_CAMERA),yes)
  DEVICE_PYTHON := /usr/bin/python3
  DEVICE_VENV_OPTIONS := --system-site-packages
  DEVICE_PINS := $(shell /usr/bin/python3 -c 'import numpy; print("numpy<2 opencv-python-headless<4.12" if numpy.__version__[0] == "1" else "")')
else
  DEVICE_PYTHON := $(PYTHON)
endif

.PHONY: help demo env env-device test test-mutations test-uploads test-api test-captures test-runtimes test-arm64 test-faults check lint types bench bench-memory clean

help:
	@echo "make demo        install what a device needs and open the page on a simulated smear (PORT=$(PORT))"
	@echo "make test        install everything and run the tests"
	@echo "make test-mutations  install N=$(N) bundles mutated at random: each refused, or proven the same"
	@echo "make test-uploads  COUNT=$(COUNT) pictures changed at random: no crash, nothing left behind"
	@echo "make test-api    EXAMPLES=$(EXAMPLES) made-up requests for each operation: no 5xx, no undocumented status"
	@echo "make test-captures  N=200 captures of a moving stage: picture, row, file and JSON of one frame"
	@echo "make test-runtimes  the tests of runtime, self-test and classifier on numpy 1, and on tflite-runtime (Python 3.11)"
	@echo "make test-arm64  as root: the shipped bundles on Debian arm64, emulated; slow (ARGUMENTS=--help)"
	@echo "make test-faults  the daemon on a camera that misbehaves at random for MINUTES=$(MINUTES): each fault noticed, told and survived"
	@echo "make check       lint, types, tests"
	@echo "make bench-memory  the daemon flat out for half an hour: whether its memory grows"
	@echo "make bench       measure speed and memory, write BENCHMARKS.md"
	@echo "make bench-million  every page and API call with $(CELLS) cells against 1000; minutes, 2 GB of disk"
	@echo "make env-device  only create .venv-device/ (no TensorFlow)"
	@echo "make env         only create .venv/ (everything)"
	@echo "make clean       remove both environments and what the programs left in data/"

demo: env-device
	.venv-device/bin/leukoscope run --camera simulated --port $(PORT)

env-device: .venv-device/installed
env: .venv/installed

.venv-device/installed: pyproject.toml
	@test -n "$(DEVICE_PYTHON)" || { echo "make: no Python 3.11 to 3.13 with venv (expected e.g. apt install python3 python3-venv)" >&2; exit 2; }
	$(DEVICE_PYTHON) -m venv $(DEVICE_VENV_OPTIONS) .venv-device
	.venv-device/bin/pip install --disable-pip-version-check --quiet --progress-bar off -e '.[device,lab]' $(foreach pin,$(DEVICE_PINS),'$(pin)')
	touch $@

.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 to 3.13 with venv (expected e.g. apt install python3 python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --disable-pip-version-check --quiet --progress-bar off -e '.[dev]'
	touch $@

test: env env-device
	.venv/bin/pytest

# How many mutated bundles; outside the tests because it takes minutes.
N ?= 2000

test-mutations: env
	.venv/bin/python -m tests.mutations $(N)

# Bookworm's numpy 1, and the older runtime, which ends with Python 3.11. The small bundles are made in .venv.
PYTHON311 ?= python3.11
RUNTIME_TESTS := tests/device/test_runtime.py tests/device/test_selftest.py tests/device/test_classifier.py

.venv-%/installed: pyproject.toml
	$(PYTHON311) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet --progress-bar off -e '.[$(EXTRA)]' 'numpy<2' 'opencv-python-headless<4.12' pytest pytest-timeout
	touch $@

.venv-numpy1/installed: EXTRA = device
.venv-tflite/installed: EXTRA = tflite

# How many changed pictures; and how many requests for each operation of the API.
COUNT ?= 10000
EXAMPLES ?= 300

test-uploads: env
	.venv/bin/python -m tests.uploads --count $(COUNT)

test-api: env
	LEUKOSCOPE_API_EXAMPLES=$(EXAMPLES) .venv/bin/pytest tests/device/page/test_api.py --timeout=3600

test-captures: N = 200
test-captures: env
	.venv/bin/python -m tests.shown_is_saved $(N)

test-runtimes: env .venv-numpy1/installed .venv-tflite/installed
	LEUKOSCOPE_HOST_PYTHON=$(CURDIR)/.venv/bin/python .venv-numpy1/bin/python -m pytest $(RUNTIME_TESTS)
	LEUKOSCOPE_HOST_PYTHON=$(CURDIR)/.venv/bin/python .venv-tflite/bin/python -m pytest $(RUNTIME_TESTS)

# ARGUMENTS as listed by --help; what was made before (systems, wheels, results) is kept and used again.
test-arm64: env-device
	.venv-device/bin/python -m tests.arm64 $(ARGUMENTS)

# The faults of one seed are always the same; outside the tests because it takes minutes.
MINUTES ?= 10
SEED ?= 1

test-faults: env
	.venv/bin/python -m tests.faults --minutes $(MINUTES) --seed $(SEED)

lint: env
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: env
	.venv/bin/mypy

check: lint types test

bench: env
	.venv/bin/python -m tests.bench

CELLS ?= 1000000

bench-million: env
	.venv/bin/python -m tests.bench.million --cells $(CELLS)

# Half an hour on its own: whether resident memory grows.
bench-memory: MINUTES = 30
bench-memory: env
	.venv/bin/python -m tests.bench.memory $(MINUTES)

clean:
	rm -rf .venv .venv-device .venv-numpy1 .venv-tflite data runs artefacts

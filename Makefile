# Every target prints what it does with `make help`. Nothing here needs a compiler or a GPU.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-core17 check fix proof browser compare clean

# The first Python on the path that the project runs on.
PYTHON ?= $(or $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell $(name) -c \
	'import sys; (3, 11) <= sys.version_info < (3, 14) and print("$(name)")' 2>/dev/null))),$\
	$(error no Python 3.11, 3.12 or 3.13 on the PATH; name one: make setup PYTHON=/path/to/python3.11))
BIN := .venv/bin

help: ## print this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## make .venv with the CPU engine, the tests and the checks (quick when nothing changed)
	@$(PYTHON) scripts/set_up.py

demo: setup ## read the two sample pages with the real engine on the CPU
	@$(BIN)/nemotron-vl read samples/letter.pdf samples/receipt.png --tiles demo-output --overwrite

test: setup ## run the tests
	@$(BIN)/python -m pytest

test-core17: setup ## run the tests of LangChain with langchain-core 1.7, laid over .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .core17 \
		"langchain-core>=1.7,<1.8" "langchain>=1.4,<1.5"
	@PYTHONPATH=.core17 $(BIN)/python -m pytest tests/test_langchain_*.py

check: setup ## everything that can be judged without running the code; changes nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_tree.py

fix: setup ## repair what ruff can repair
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

proof: setup ## run the long proofs that the tests leave out
	@$(BIN)/python -m pytest -m proof

# Debian package: chromium
browser: setup ## read the samples into a report and take pictures of it in headless Chromium (see above)
	@$(BIN)/python scripts/picture_report.py

# Debian packages: libreoffice-writer poppler-utils tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra tesseract-ocr-ita
# tesseract-ocr-por tesseract-ocr-spa fonts-cantarell fonts-sil-charis fonts-courier-prime fonts-sil-gentiumplus fonts-inter
# fonts-jetbrains-mono fonts-urw-base35 fonts-paratype fonts-vollkorn
compare: setup ## read held-out scans beside Tesseract 5 (needs LibreOffice and more, see above; MODEL=folder)
	@$(BIN)/python -m training.evaluation.compare $(if $(MODEL),--model $(MODEL))

clean: ## remove everything that the other targets made
	rm -rf .venv .core17 demo-output build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

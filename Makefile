# Karmayogi Sathi. `make help` lists the targets.
# Each step leaves a stamp named after the hash of its inputs, so that a second call reuses
# what stands, in a fresh clone too, where all files are equally new.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENVS := .venvs
ASSISTANT := $(VENVS)/assistant/bin
ACTIONS := $(VENVS)/actions/bin
hash = $(shell cat $(1) 2>/dev/null | sha256sum | cut -c1-16)

ASSISTANT_STAMP := $(VENVS)/assistant/.installed-$(call hash,requirements/assistant.txt)
ACTIONS_STAMP := $(VENVS)/actions/.installed-$(call hash,requirements/actions.txt)
ASSISTANT_TEST_STAMP := $(ASSISTANT_STAMP)-test-$(call hash,requirements/assistant-test.txt)
LOAD_STAMP := $(VENVS)/load/.installed-$(call hash,requirements/load.txt)
ACTIONS_TEST_STAMP := $(ACTIONS_STAMP)-test-$(call hash,requirements/actions-test.txt)

CATALOGUE := $(or $(SATHI_CATALOGUE),$(shell sed -n 's/^SATHI_CATALOGUE=//p' .env 2>/dev/null),knowledge_base/sample)
NAMES := $(sort $(wildcard $(CATALOGUE)/courses/*/*.yaml \
	$(foreach part,titles competencies providers,$(CATALOGUE)/$(part)/*.yaml)) \
	$(wildcard knowledge_base/languages/*.py) $(foreach module,gazetteer phrases romanise \
	catalogue loader content content_store,knowledge_base/$(module).py) \
	$(wildcard .build/content.digest))
GAZETTEER := .build/.gazetteer-$(call hash,$(NAMES))
COMPONENTS := $(filter-out bot/nlu/evaluate.py,$(wildcard bot/nlu/*.py bot/policies/*.py))
TRAINING := config.yml domain.yml requirements/assistant.txt $(COMPONENTS) \
	$(sort $(wildcard bot/dialogue/*.yml nlu_data/*/*.yml \
	knowledge_base/languages/*.py knowledge_base/languages/data/*.yaml \
	knowledge_base/romanise.py knowledge_base/phrases.py knowledge_base/onnx_*.py \
	knowledge_base/model_weights.py)) $(NAMES)
TRAINED := models/.trained-$(call hash,$(TRAINING))
CATALOGUES := $(sort $(wildcard bot/locale/*/LC_MESSAGES/sathi.po))
TRANSLATED := .build/.translated-$(call hash,$(CATALOGUES))

.PHONY: help setup run test ask chat seed link agent fit ingest model train index translations \
	eval-search eval-nlu eval-recommend bench bench-search bench-vectors bench-encode bench-learner \
	bench-load test-stories lint validate lock browser clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## set up what is missing, then run Sathi on http://127.0.0.1:5005
	@$(ACTIONS)/python -m tools.run

test: setup $(ASSISTANT_TEST_STAMP) $(ACTIONS_TEST_STAMP) browser ## set up what is missing, then run all tests
	$(ACTIONS)/ruff check .
	$(ASSISTANT)/python -m pytest -q tests/assistant
	$(ACTIONS)/python -m pytest -q tests/actions tests/end_to_end

ask: setup ## answer one question: make ask Q="mujhe cyber security seekhna hai"
	@$(ACTIONS)/python -m tools.ask "$(Q)"

chat: setup ## talk to Sathi in the terminal
	@$(ACTIONS)/python -m tools.ask

seed: $(ACTIONS_STAMP) ## fill the embedded platform with 500 synthetic learners
	@$(ACTIONS)/python -m connectors.platform.seed

link: $(ACTIONS_STAMP) ## issue a one-time link for a learner: make link LEARNER=...
	@$(ACTIONS)/python -m tools.link "$(LEARNER)"

agent: $(ACTIONS_STAMP) ## make an account of the console: make agent NAME=... EMAIL=... ROLE=admin
	@$(ACTIONS)/python -m connectors.console.add_agent "$(NAME)" "$(EMAIL)" --role "$(or $(ROLE),agent)"

ingest: $(ACTIONS_STAMP) ## take courses in: make ingest SOURCE=<folder, file, sunbird> [DRY=1] [ALL=1]
	@$(ACTIONS)/python -m tools.ingest "$(or $(SOURCE),$(error SOURCE is missing: a folder, a file, or sunbird))" \
		$(if $(DRY),--dry-run) $(if $(ALL),--all) $(if $(RESTART),--restart)

fit: $(ACTIONS_STAMP) ## fit the recommendation model to the platform's enrolments, or to LOG=FILE.csv
	@$(ACTIONS)/python -m bot.actions.fit_recommender $(if $(LOG),--log "$(LOG)")

setup: $(ASSISTANT_STAMP) $(ACTIONS_STAMP) translations train index ## environments, replies, model and index

model: $(ACTIONS_STAMP) ## unpack the embedding model if it has not been
	@$(ACTIONS)/python -m knowledge_base.model_weights

train: $(TRAINED) ## train the assistant if its data changed

translations: $(TRANSLATED) ## compile the reply catalogues if they changed

index: $(ACTIONS_STAMP) ## build the search index if the catalogue changed
	@$(ACTIONS)/python -m knowledge_base.build

eval-search: setup ## print how well courses and passages are found, beside BM25 and the embedding alone
	@$(ACTIONS)/python -m knowledge_base.evaluate --queries tests/data/search/*.jsonl
	@$(ACTIONS)/python -m knowledge_base.evaluate --queries tests/data/passages/*.jsonl
	@$(ACTIONS)/python -m knowledge_base.evaluate --queries tests/data/forms/*.jsonl
	@$(ACTIONS)/python -m knowledge_base.evaluate.extracts

eval-nlu: setup ## print how well messages are understood, beside other classifiers
	@$(ASSISTANT)/python -m bot.nlu.evaluate --data tests/data/nlu/*.jsonl
	@$(ASSISTANT)/python -m bot.nlu.evaluation.compare --data tests/data/nlu/*.jsonl
	@$(ASSISTANT)/python -m bot.nlu.evaluation.robustness --data tests/data/nlu/*.jsonl

eval-recommend: $(ACTIONS_STAMP) ## print hit rate and nDCG of recommendations on synthetic learners
	@mkdir -p .build
	@$(ACTIONS)/python -m knowledge_base.recommend.synthetic --learners 2000 --out .build/enrolments.csv
	@$(ACTIONS)/python -m knowledge_base.recommend.evaluate --log .build/enrolments.csv \
		--roles .build/enrolments.roles.csv --json .build/recommend.json

bench: setup $(ACTIONS_TEST_STAMP) bench-search ## print latency, memory and training time beside a stock Rasa bot, and a search's stages
	@$(ACTIONS)/python -m tools.bench

bench-search: model $(ACTIONS_TEST_STAMP) ## print each stage of a search at SIZES="5000 50000 500000" entries
	@$(ACTIONS)/python -m tools.bench_search $(if $(SIZES),--sizes $(SIZES))

bench-vectors: model $(ACTIONS_TEST_STAMP) ## print recall and cost of each kind of vector index at SIZES
	@$(ACTIONS)/python -m tools.bench_vectors $(if $(SIZES),--sizes $(SIZES))

bench-encode: model ## print how fast passages are encoded, and how well, in five ways
	@$(ACTIONS)/python -m tools.bench_encode

bench-learner: setup ## print the time of a learner's replies with 100,000 learners
	@$(ACTIONS)/python -m tools.bench_learner

bench-load: setup $(LOAD_STAMP) ## print latency and losses with 50 chats at once, and beside a flood
	@$(ACTIONS)/python -m tools.bench_load

test-stories: setup $(ASSISTANT_TEST_STAMP) ## hold the conversations of tests/stories against the trained model
	$(ASSISTANT)/python -m pytest -q tests/assistant/test_stories.py

lint: $(ACTIONS_TEST_STAMP) ## check the code's style
	$(ACTIONS)/ruff check .
	$(ACTIONS)/ruff format --check .

validate: $(ASSISTANT_STAMP) ## let Rasa check its data
	RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 $(ASSISTANT)/python -m rasa data validate --domain domain.yml --data nlu_data bot/dialogue

browser: ## install Chromium for the page's tests if it is missing (Debian)
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q chromium; \
	  else echo "chromium is missing: run 'sudo apt-get install chromium'" >&2; exit 1; fi; }

lock: ## resolve requirements/*.in anew and write the exact versions
	tools/lock assistant 3.10
	tools/lock actions 3.11
	tools/lock load 3.11

clean: ## remove everything that can be made again
	rm -rf $(VENVS) .build models .rasa
	find bot/locale -name '*.mo' -delete

$(ASSISTANT_STAMP): requirements/assistant.txt
	@tools/install assistant 3.10 && touch $@

$(ACTIONS_STAMP): requirements/actions.txt
	@tools/install actions 3.11 && touch $@

$(LOAD_STAMP): requirements/load.txt
	@tools/install load 3.11 && touch $@

$(ASSISTANT_TEST_STAMP): requirements/assistant-test.txt $(ASSISTANT_STAMP)
	@$(ASSISTANT)/pip install --disable-pip-version-check -q -r $< && touch $@

$(ACTIONS_TEST_STAMP): requirements/actions-test.txt $(ACTIONS_STAMP)
	@$(ACTIONS)/pip install --disable-pip-version-check -q -r $< && touch $@

$(TRANSLATED): $(ACTIONS_STAMP)
	@echo "Compiling the replies"
	@$(ACTIONS)/pybabel -q compile -D sathi -d bot/locale
	@mkdir -p .build && rm -f .build/.translated-* && touch $@

$(GAZETTEER): $(ACTIONS_STAMP)
	@echo "Collecting the catalogue's names"
	@$(ACTIONS)/python -m knowledge_base.gazetteer --out .build/gazetteer.json
	@rm -f .build/.gazetteer-* && touch $@

# Its hash holds the gazetteer's inputs, so that a gazetteer made anew from the same is no reason.
$(TRAINED): $(ASSISTANT_STAMP) | model $(GAZETTEER)
	@echo "Training the assistant (two to four minutes)"
	@SATHI_ACTION_PORT=5055 $(ASSISTANT)/python -m tools.train
	@rm -f models/.trained-* && touch $@

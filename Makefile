# Every target installs what it needs; nothing has to be prepared by hand.
.DEFAULT_GOAL := help
.PHONY: help init build up down health logs test test-unit check audit demo start bench soak

NPM_READY := node_modules/.ready
PID := data/pm-agent.pid
LOG := data/pm-agent.log

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(NPM_READY): package-lock.json package.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

init: $(NPM_READY) ## install, and write .env from .env.example if there is none
	@test -f .env || cp .env.example .env

build: $(NPM_READY) ## JavaScript for publishing, in dist/
	npm run -s build

start: $(NPM_READY) ## run in the foreground
	npm start

up: $(NPM_READY) ## run in the background
	@mkdir -p data
	@if [ -f $(PID) ] && kill -0 $$(cat $(PID)) 2>/dev/null; then echo "runs already, pid $$(cat $(PID))"; else \
	  node_modules/.bin/node bin/pm-agent.js start >>$(LOG) 2>&1 & echo $$! >$(PID); echo "pid $$(cat $(PID)), log $(LOG)"; fi

down: ## stop what `make up` started
	@if [ -f $(PID) ]; then kill $$(cat $(PID)) 2>/dev/null || true; rm -f $(PID); fi

health: $(NPM_READY) ## is it there, and are its dependencies
	@node_modules/.bin/node --env-file-if-exists=.env -e "const port = process.env.PORT || 8000; fetch('http://127.0.0.1:' + port + '/ready').then(async (r) => { console.log(await r.text()); process.exit(r.ok ? 0 : 1) }, () => { console.error('no server at port ' + port); process.exit(4) })"

logs: ## follow the log of `make up`
	@tail -n 50 -f $(LOG)

test: $(NPM_READY) ## every test
	npm test

test-unit: $(NPM_READY) ## only the tests beside the code
	npm run -s test:unit

check: $(NPM_READY) ## the whole gate
	npm run -s check

audit: $(NPM_READY) ## known faults, secrets, image, licences, bill of materials
	@node_modules/.bin/node scripts/audit.ts

demo: $(NPM_READY) ## a scripted day with emulated Jira and model
	npm run -s demo

bench: $(NPM_READY) ## the figures, beside their ceilings
	npm run -s bench

# Everything at full scale, one file after the other; the table is written whatever came of it.
soak: $(NPM_READY) ## the promises of docs/guarantees.md at full scale; ONLY=kills: one scenario
	@rm -rf .cache/chaos && mkdir -p .cache/chaos
	@PM_AGENT_SOAK=1 PATH="$(CURDIR)/node_modules/.bin:$$PATH" vitest run test/chaos/$(ONLY) --no-file-parallelism --testTimeout=1800000 \
	  --reporter=default --reporter=json --outputFile.json=.cache/chaos/run.json; ended=$$?; \
	  node_modules/.bin/node test/chaos/write-table.ts $(ONLY) || ended=1; exit $$ended

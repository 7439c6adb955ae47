# Everything a newcomer types; the work is done in scripts/.
scripts := "$(dir $(lastword $(MAKEFILE_LIST)))scripts"

.PHONY: demo test bench lint install uninstall clean
# Taken as typed: a file name may hold a dollar sign.
override INPUT := $(value INPUT)
export INPUT

demo: ## annotate a clip: make demo [INPUT=my.mp4 | INPUT=photo.jpg | INPUT=camera]
	@$(scripts)/demo

test: ## formatting, lints and all tests
	@$(scripts)/test

bench: ## median and p95 of each stage
	@$(scripts)/cargo "make bench" bench --locked

lint: ## formatting and lints alone
	@$(scripts)/lint

install: ## for this user, found by GStreamer without environment variables
	@$(scripts)/install

uninstall:
	@$(scripts)/install --remove

clean: ## built files and the demo's results; downloads stay in the cache
	@$(scripts)/clean

# Everything a newcomer types; the work is done in scripts/.
# Debian's sh is another, which cannot read scripts/env.sh.
SHELL := /bin/bash
scripts := "$(dir $(lastword $(MAKEFILE_LIST)))scripts"

.DEFAULT_GOAL := help
.PHONY: help demo test bench bench-reference lint install uninstall deb test-deb clean train-emotion eval-emotion eval-real train-au eval-au plots eval-micro eval-eyes eval-privacy eval-hard eval-covered eval-remember
# Taken as typed: a file name may hold a dollar sign.
override INPUT := $(value INPUT)
export QUICK
export RUN
export INPUT

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^=]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 17

demo: ## annotate a clip: make demo [INPUT=my.mp4 | INPUT=photo.jpg | INPUT=camera]
	@$(scripts)/demo

.PHONY: report
override VIDEO := $(value VIDEO)
export VIDEO
report: ## a session as figures and a page: make report [INPUT=my.mp4 | INPUT=records.jsonl [VIDEO=my.mp4]]
	@$(scripts)/report

test: ## formatting, lints and all tests
	@$(scripts)/test

bench: ## median and p95 of each stage and the whole, by size, format and faces: make bench [QUICK=1], out/bench*
	@$(scripts)/cargo "make bench" bench --locked --bench stages

# RUN as below, as in RUN="--streams 12 --element identity".
.PHONY: bench-streams
bench-streams: ## live cameras in one process, 1 to 16: pictures and analyses a second, processor, memory: out/bench-streams.json
	@. $(scripts)/env.sh && $(scripts)/cargo "make bench-streams" run --release --locked --quiet --package aliyarface-labs --bin streams -- \
		--picture "$$ALIYARFACE_SAMPLES/single_face.jpg" --output out/bench-streams.json $(RUN)

bench-reference: ## frames a second against MediaPipe and PyTorch in Python: make bench-reference [INPUT=my.mp4]
	@$(scripts)/bench-reference

# RUN holds more arguments of the trainer, as in RUN="--epochs 40 --device cuda".
train-emotion: ## train the emotion net: make train-emotion DATA=folder of Training.npz and PublicTest.npz
	@$(scripts)/private/whole $(scripts)/cargo "make train-emotion" run --release --locked --bin emotion_lab -- train --data "$(DATA)" $(RUN)

eval-privacy: ## count faces that leave uncovered, with OpenCV's cascades: make eval-privacy [PYTHON=venv/bin/python]
	@. $(scripts)/env.sh && $(or $(PYTHON),python3) scripts/bare_faces.py --samples "$$ALIYARFACE_SAMPLES"

eval-hard: ## measure faces in the dark, backlit, blurred, compressed: make eval-hard PICTURES=folder [PYTHON=venv/bin/python]
	@. $(scripts)/env.sh && $(or $(PYTHON),python3) scripts/eval_hard.py "$(PICTURES)"

eval-covered: ## measure what is told of masks, glasses, beards: make eval-covered PICTURES=folder [PYTHON=venv/bin/python]
	@. $(scripts)/env.sh && $(or $(PYTHON),python3) scripts/eval_covered.py "$(PICTURES)"

.PHONY: eval-turned
eval-turned: ## measure at which angles faces are found: make eval-turned PICTURES=folder [CLIPS=folder] [PYTHON=venv/bin/python]
	@. $(scripts)/env.sh && $(or $(PYTHON),python3) scripts/eval_turned.py "$(PICTURES)" $(if $(CLIPS),--clips "$(CLIPS)")

eval-remember: ## measure whom remember confuses: make eval-remember PICTURES=folder of PERSON_name.jpg [PYTHON=venv/bin/python]
	@. $(scripts)/env.sh && $(or $(PYTHON),python3) scripts/eval_remember.py "$(PICTURES)"

eval-emotion: ## measure the emotion net on one npz: make eval-emotion DATA=file.npz
	@$(scripts)/cargo "make eval-emotion" run --release --locked --quiet --bin emotion_lab -- evaluate --data "$(DATA)"

# RUN as above, as in RUN="--properties emotion-smoothing=1000".
eval-real: ## emotions, speech and smiles of real faces: make eval-real FOLDER=folder (index.json: path, label)
	@$(scripts)/cargo "make eval-real" run --release --locked --quiet --package aliyarface-labs --bin emotion_lab -- real --folder "$(FOLDER)" $(RUN)

eval-au: ## measure the Action Units: make eval-au FERPLUS=faces.npz RENDERS=renders.npz [HELD_OUT=1: unseen identities alone]
	@$(scripts)/cargo "make eval-au" run --release --locked --quiet --bin au_lab -- eval "$(FERPLUS)" "$(RENDERS)" $(if $(HELD_OUT),--held-out)

train-au: ## learn models/action_units.safetensors anew: make train-au FERPLUS=Training.npz RENDERS=renders.npz
	@$(scripts)/cargo "make train-au" run --release --locked --bin au_lab -- train "$(FERPLUS)" "$(RENDERS)"

plots: ## draw the Action Units of the sample clip over time: out/action_units.png
	@$(scripts)/cargo "make plots" run --release --locked --bin au_plot -- out/action_units.png $(INPUT)

# RUN as above, as in RUN="--fps 30 --eyes 90".
eval-micro: ## measure micro-expressions on photos moved by a rig: make eval-micro DATA=face_rig.npz
	@$(scripts)/cargo "make eval-micro" run --release --locked --quiet --bin micro_lab -- evaluate --rig "$(DATA)" --plot out/micro.png $(RUN)

# FOLDER holds clips and one JSON file: name of a clip -> list of seconds of its blinks.
eval-eyes: ## measure blinks on labelled clips: make eval-eyes FOLDER=clips [RUN=--verbose]
	@$(scripts)/cargo "make eval-eyes" run --release --locked --quiet --package aliyarface-labs --bin eye_lab -- "$(FOLDER)" $(RUN)

# PHOTOS holds photos of faces at rest, NAME_neutral.jpg; RUN as in RUN="--only below --skip 6".
.PHONY: eval-sitters
eval-sitters: ## measure blinks on photos that blink: make eval-sitters DATA=face_rig.npz PHOTOS=folder
	@$(scripts)/cargo "make eval-sitters" run --release --locked --quiet --package aliyarface-labs --bin eye_lab -- --rig "$(DATA)" --photos "$(PHOTOS)" $(RUN)

.PHONY: fuzz soak overload
TIMES ?= 50
fuzz: ## damaged files and structures, TIMES more than in make test, and other ones: make fuzz [TIMES=50]
	@ALIYARFACE_FUZZ="$(TIMES)" $(scripts)/cargo "make fuzz" test --release --locked --test fuzz mutated_inputs -- --test-threads 1

MINUTES ?= 15
# RUN as above, as in RUN="--seed 7" or RUN="--only starts --count 400 --every 0.2"; docs/soak.md has all.
soak: ## a quarter of an hour of changes, restarts and faces that come and go: out/soak.png; fails if memory grows
	@$(scripts)/cargo "make soak" run --release --locked --quiet --bin soak -- --minutes "$(MINUTES)" --plot out/soak.png $(RUN)

# RUN as above, as in RUN="--faces 24 --fps 240".
overload: MINUTES = 5
overload: ## minutes of a camera that is ten times too fast for its faces: out/overload.png; fails if the lag grows
	@$(scripts)/cargo "make overload" run --release --locked --quiet --bin overload -- --minutes "$(MINUTES)" --plot out/overload.png $(RUN)

.PHONY: serve test-page
serve: ## the server and its page, on this machine: make serve [RUN="--port 9000"]
	@$(scripts)/serve

.PHONY: soak-server test-api
soak-server: MINUTES = 60
soak-server: ## an hour of sessions that come and go: fails if the server's memory grows or a process stays
	@. $(scripts)/env.sh && $(scripts)/build "make soak-server" && python3 scripts/soak_server.py "$$CARGO_TARGET_DIR/release/aliyarface" "$$ALIYARFACE_SAMPLES/single_face.mp4" "$(MINUTES)"

test-api: ## requests that schemathesis makes of the server's own description
	@$(scripts)/test-api

test-page: ## the page in Debian's Chromium, with a clip as its camera: pictures of it in out/page-*.png
	@$(scripts)/test-page

.PHONY: bench-server
bench-server: ## four cameras of 640x480 at 30 pictures a second on one server: pictures read, delay of results
	@$(scripts)/cargo "make bench-server" test --release --locked --workspace --test server four_cameras -- --ignored --nocapture

.PHONY: remote-demo remote-build test-remote
remote-demo: ## a server and a device over a slow link that is cut and healed: out/remote-demo.png and a table
	@$(scripts)/remote-demo

remote-build: ## the plugin of a weak device, for this machine and 64-bit ARM: size, memory, time a picture is held: make remote-build [TARGET=aarch64]
	@$(scripts)/remote-build $(TARGET)

test-remote: ## far, lossy, slow and cut links, two servers, 48 devices: minutes
	@$(scripts)/cargo "make test-remote" test --release --locked --workspace --test server network -- --ignored --nocapture --test-threads 1

.PHONY: archive-demo
archive-demo: ## twenty clips, a broker and two workers of which one is killed: every output is there once
	@$(scripts)/archive-demo

.PHONY: test-archive
JOBS ?= 100
test-archive: ## kills workers and the broker at random over JOBS jobs: every output is there once: make test-archive [JOBS=100]
	@ALIYARFACE_ARCHIVE_JOBS="$(JOBS)" $(scripts)/cargo "make test-archive" test --release --locked --workspace --test program a_hundred_jobs -- --ignored --nocapture

.PHONY: test-guests
test-guests: ## the plugin in a Python program with other releases of torch, OpenCV, MediaPipe and LiteRT
	@$(scripts)/test-guests

.PHONY: test-aarch64
test-aarch64: ## the mesh net's kernels for 64-bit ARM (NEON), their tests in qemu's user mode
	@$(scripts)/test-aarch64

.PHONY: test-confined
test-confined: ## the plugin with little memory, one processor, no home, seccomp, another user, no executable memory, other allocators
	@$(scripts)/test-confined

lint: ## formatting and lints alone
	@$(scripts)/lint

install: ## for this user, found by GStreamer without environment variables
	@$(scripts)/install

uninstall: ## takes away what `make install` put there
	@$(scripts)/install --remove

deb: ## a Debian package with all it needs: out/gstreamer1.0-aliyarface_*.deb
	@$(scripts)/deb

test-deb: ## installs the package in a fresh Debian 12 and analyses a clip there
	@$(scripts)/deb --test

clean: ## built files and the demo's results; downloads stay in the cache
	@$(scripts)/clean

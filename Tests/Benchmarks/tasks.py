#!/usr/bin/env python3
"""Measure Python pipelines of the tasks beside classification; prints one line for the pipeline.

    tasks.py --task detect|faces|text|embed|similar|upscale --images DIR [--model FILE.onnx] [--limit N] [--out FILE]

Each is the strongest common form: one worker process per core with one thread, warmed up before the clock starts.

detect   YOLOX (--model) on ONNX Runtime, decoded by OpenCV, suppression by OpenCV
faces    cv2.FaceDetectorYN on yunet (--model), the picture reduced to 1024 pixels
text     rapidocr 3.10 with PP-OCRv6, the models of its package
embed    a network of 224 x 224 (--model) on ONNX Runtime, its first output
similar  imagededup's PHash: the hashes and the pairs within a distance of 10, one process as its own code runs it
upscale  a super-resolution network (--model) on ONNX Runtime over the whole picture; PNG files in a folder of its own
"""
import argparse
import glob
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
import types


def session(path):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    network = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return network, network.get_inputs()[0].name


def detect(a):
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    network, name = session(a.model)
    side, grid = 416, []
    for stride in (8, 16, 32):
        n = side // stride
        y, x = np.mgrid[0:n, 0:n]
        grid.append(np.stack([x.ravel(), y.ravel(), np.full(n * n, stride)], 1))
    grid = np.concatenate(grid).astype(np.float32)

    def run(path):
        image = cv2.imread(path)
        height, width = image.shape[:2]
        factor = min(side / height, side / width)
        small = cv2.resize(image, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_LINEAR)
        canvas = np.full((side, side, 3), 114, np.uint8)
        canvas[:small.shape[0], :small.shape[1]] = small
        out = network.run(None, {name: canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        centre = (out[:, :2] + grid[:, :2]) * grid[:, 2:]
        size = np.exp(out[:, 2:4]) * grid[:, 2:]
        scores = out[:, 5:] * out[:, 4:5]
        best = scores.argmax(1)
        top = scores[np.arange(len(scores)), best]
        keep = top > 0.3
        if not keep.any():
            return []
        boxes = np.concatenate([centre - size / 2, size], 1)[keep]
        kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), top[keep].tolist(), best[keep].tolist(), 0.3, 0.45)
        return [[int(best[keep][i]), float(top[keep][i]), *(float(v / factor) for v in boxes[i])] for i in kept]
    return run


def faces(a):
    import cv2
    cv2.setNumThreads(1)
    network = cv2.FaceDetectorYN.create(a.model, "", (320, 320), 0.8, 0.3)

    def run(path):
        image = cv2.imread(path)
        height, width = image.shape[:2]
        factor = min(1, 1024 / max(height, width))
        if factor < 1:
            image = cv2.resize(image, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
        network.setInputSize((image.shape[1], image.shape[0]))
        found = network.detect(image)[1]
        return [] if found is None else [[float(v) / factor for v in f[:4]] + [float(f[14])] for f in found]
    return run


def text(a):
    from rapidocr import RapidOCR
    reader = RapidOCR(params={
        "EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Global.log_level": "error"})

    def run(path):
        found = reader(path)
        return [] if found.txts is None else list(found.txts)
    return run


def embed(a):
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    network, name = session(a.model)
    mean = np.array([123.675, 116.28, 103.53], np.float32)
    scale = np.array([0.01712475, 0.017507, 0.01742919], np.float32)

    def run(path):
        image = cv2.imread(path)
        height, width = image.shape[:2]
        factor = 256 / min(height, width)
        size = (max(224, round(width * factor)), max(224, round(height * factor)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)[..., ::-1]
        top, left = (image.shape[0] - 224) // 2, (image.shape[1] - 224) // 2
        x = (image[top:top + 224, left:left + 224].astype(np.float32) - mean) * scale
        vector = network.run(None, {name: np.ascontiguousarray(x.transpose(2, 0, 1))[None]})[0].reshape(-1)
        return (vector / np.linalg.norm(vector))[:4].tolist()
    return run


def upscale(a):
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    network, name = session(a.model)
    folder = tempfile.mkdtemp(dir=a.folder)

    def run(path):
        image = cv2.imread(path)
        # The embedded networks take and give RGB of 0 to 255.
        out = network.run(None, {name: image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        picture = np.clip(out.transpose(1, 2, 0)[..., ::-1] + 0.5, 0, 255).astype(np.uint8)
        cv2.imwrite(os.path.join(folder, os.path.basename(path) + ".png"), picture)
        return list(picture.shape)
    return run


def similar(a, files):
    """Returns the seconds and the number of pairs; of imagededup only what hashes, not its networks, which need torch."""
    networks = types.ModuleType("imagededup.methods.cnn")
    networks.CNN = None
    sys.modules["imagededup.methods.cnn"] = networks
    from imagededup.methods import PHash
    method = PHash(verbose=False)
    method.encode_image(files[0])
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        for n, path in enumerate(files):
            os.symlink(os.path.abspath(path), os.path.join(folder, f"{n:06d}{os.path.splitext(path)[1]}"))
        start = time.perf_counter()
        hashes = method.encode_images(image_dir=folder, num_enc_workers=a.workers)
        pairs = method.find_duplicates(encoding_map=hashes, max_distance_threshold=10, num_dist_workers=a.workers)
        wall = time.perf_counter() - start
    return wall, sum(len(v) for v in pairs.values()) // 2


TASKS = {"detect": detect, "faces": faces, "text": text, "embed": embed, "upscale": upscale}
answer = None


def begin(a):
    global answer
    answer = TASKS[a.task](a)


def one(path):
    try:
        return path, answer(path)
    except Exception as error:
        return path, f"{type(error).__name__}: {error}"


def seconds():
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--task", required=True, choices=[*TASKS, "similar"])
    p.add_argument("--images", required=True)
    p.add_argument("--model")
    p.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--limit", type=int)
    p.add_argument("--out")
    a = p.parse_args()
    files = sorted(f for f in glob.glob(os.path.join(a.images, "**", "*"), recursive=True)
                   if f.lower().endswith((".jpg", ".jpeg", ".png")))[:a.limit]
    with tempfile.TemporaryDirectory() as a.folder:
        answers = []
        if a.task == "similar":
            wall, pairs = similar(a, files)
            answers = [(a.images, pairs)]
        else:
            with multiprocessing.get_context("spawn").Pool(a.workers, begin, (a,)) as pool:
                pool.map(one, files[:2 * a.workers], 1)
                start = time.perf_counter()
                answers = pool.map(one, files, max(1, min(8, len(files) // a.workers // 4)))
                wall = time.perf_counter() - start
                pool.close()
                pool.join()
    if a.out:
        with open(a.out, "w") as out:
            for path, found in answers:
                out.write(json.dumps({"path": path, "answers": found}, ensure_ascii=False) + "\n")
    failures = [found for _, found in answers if isinstance(found, str)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 * a.workers
    print(f"{a.task} {len(files) / wall:.2f} img/s  wall {wall:.2f} s  cpu {seconds():.2f} s  peak {peak:.0f} MB  "
          f"failed {len(failures)}")
    if failures:
        sys.exit(failures[0])


if __name__ == "__main__":
    main()

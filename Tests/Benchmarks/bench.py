#!/usr/bin/env python3
"""Compare imgrec with the Python pipelines of peers.py, in turn on the same folders, and print the table of the manual.

    bench.py --imgrec BINARY --photos DIR --model NET.onnx [--rounds 5] [--only SET] [--python PYTHON]
             [--system-python PYTHON]

DIR must contain `wallpapers` (fetch_photos.py wallpapers). The sets are created in DIR/bench: `small` has 600 crops of
500 x 375 as JPEG, `large` the wallpapers themselves (2 to 18 MP, baseline and progressive), `png` 200 of the crops as
PNG. Every figure is the median over the rounds; a ratio is the median of the ratios of each round, because the speed
of a machine drifts.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent


def sets(photos):
    """Returns the folders to compare on, which are created once."""
    from PIL import Image
    Image.MAX_IMAGE_PIXELS = None
    bench = photos / "bench"
    sources = sorted((photos / "wallpapers").glob("*.jp*g"))
    if not (bench / "done").exists():
        for name in ("small", "large", "png"):
            (bench / name).mkdir(parents=True, exist_ok=True)
        for n, path in enumerate(sources):
            for copy in range(3):
                link = bench / "large" / f"{n:03d}-{copy}.jpg"
                if not link.is_symlink():
                    link.symlink_to(path.resolve())
        made = 0
        for n, path in enumerate(sources):
            image = Image.open(path).convert("RGB")
            image.thumbnail((2000, 1500))
            for k in range(-(-600 // len(sources))):
                if made == 600 or image.width < 501 or image.height < 376:
                    break
                x = (k * 7919) % (image.width - 500)
                y = (k * 104729) % (image.height - 375)
                crop = image.crop((x, y, x + 500, y + 375))
                crop.save(bench / "small" / f"{n:03d}-{k:03d}.jpg", quality=90)
                if made % 3 == 0:
                    crop.save(bench / "png" / f"{n:03d}-{k:03d}.png")
                made += 1
        (bench / "done").touch()
    return {name: bench / name for name in ("small", "large", "png")}


PREPARE = ["--size", "224", "--resize", "256", "--mean", "123.675,116.28,103.53",
           "--scale", "0.01712475,0.017507,0.01742919"]


def imgrec(arguments, folder, engine, flags=()):
    """Returns images/s and peak MB of one scan, from process start to end."""
    with tempfile.NamedTemporaryFile() as summary:
        command = [arguments.imgrec, "scan", str(folder), "-q", "--cache", "off", "-o", "/dev/null", "--summary",
                   summary.name, "-m", arguments.card, "--engine", engine, *flags]
        start = time.perf_counter()
        subprocess.run(command, check=True)
        wall = time.perf_counter() - start
        report = json.load(open(summary.name))
    assert report["failed"] == 0, report
    return report["inputs"] / wall, report["peak_memory_bytes"] / 2**20


def peer(arguments, folder, name, precision="f32", python=None):
    command = [python or arguments.python, str(here / "peers.py"), "--images", str(folder), "--model", arguments.model,
               *PREPARE, "--only", name, "--precision", precision]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) img/s", text)[1]), float(re.search(r"peak +(\d+) MB", text)[1])


def compare(title, rounds, runners, ours):
    """Runs the runners in turn and prints a row for each, with the ratio of `ours` to it."""
    figures = {name: [] for name in runners}
    for _ in range(rounds):
        for name, run in runners.items():
            figures[name].append(run())
    print(f"\n### {title}\n\n| pipeline | images/s | peak MB | imgrec is |\n|---|---|---|---|")
    for name, runs in figures.items():
        ratio = statistics.median(a[0] / b[0] for a, b in zip(figures[ours], runs))
        print(f"| {name} | {statistics.median(r[0] for r in runs):.1f} | {max(r[1] for r in runs):.0f} | "
              f"{'' if name == ours else f'{ratio:.2f} x'} |", flush=True)


def limit(arguments, folder, engine):
    text = subprocess.run(
        [arguments.imgrec, "bench", str(folder), "-m", arguments.card, "--engine", engine, "--json"], check=True,
        capture_output=True, text=True).stdout
    rates = json.loads(text)
    print(f"limit on {engine}: decoding alone {rates['decode']:.0f}, network alone {rates['infer']:.0f}, both at best "
          f"{rates['limit']:.0f}, scan {rates['best']:.0f} images/s = {rates['best'] / rates['limit'] * 100:.0f} %",
          flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--imgrec", required=True)
    p.add_argument("--photos", type=pathlib.Path, required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--card", default="mobilenet_v2")
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--system-python", help="Python whose cv2 is the OpenCV that imgrec uses")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--only")
    arguments = p.parse_args()
    folders = {k: v for k, v in sets(arguments.photos).items() if arguments.only in (None, k)}
    for name, folder in folders.items():
        if name == "png":
            compare("PNG, 500 x 375", arguments.rounds, {
                "imgrec openvino": lambda: imgrec(arguments, folder, "openvino"),
                "imgrec onnxruntime": lambda: imgrec(arguments, folder, "onnxruntime"),
                **{n: (lambda n=n: peer(arguments, folder, n)) for n in ("openvino-async", "ort-threads")},
            }, "imgrec openvino")
            continue
        reduced = ["openvino-async-reduced", "ort-threads-reduced"] if name == "large" else []
        peers = ["openvino-async", "ort-threads", *reduced]
        title = {"small": "JPEG, 500 x 375", "large": "JPEG, 2 to 18 MP"}[name]
        compare(title, arguments.rounds, {
            "imgrec openvino": lambda: imgrec(arguments, folder, "openvino"),
            "imgrec onnxruntime": lambda: imgrec(arguments, folder, "onnxruntime"),
            **{n: (lambda n=n: peer(arguments, folder, n)) for n in peers},
        }, "imgrec openvino")
        if arguments.system_python:
            compare(f"{title}, OpenCV alone", arguments.rounds, {
                "imgrec opencv": lambda: imgrec(arguments, folder, "opencv"),
                "opencv-dnn-loop": lambda: peer(
                    arguments, folder, "opencv-dnn-loop", python=arguments.system_python),
            }, "imgrec opencv")
        for engine in ("openvino", "opencv"):
            limit(arguments, folder, engine)


main()

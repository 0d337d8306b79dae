#!/usr/bin/env python3
"""Compare imgrec's tasks with the Python pipelines of tasks.py, in turn on the same folders, and print a table for each.

    races.py --imgrec BINARY --photos DIR [--tasks "detect faces"] [--rounds 5] [--limit N] [--python PYTHON]

DIR must contain `wallpapers` (fetch_photos.py wallpapers). The sets are created in DIR/bench: `small`, the wallpapers and
parts of them reduced to 1280 x 960 as JPEG, with people if DIR has `demo`; `pages`, drawn pages of text; `tiny`, pictures
of 320 x 240. imgrec runs in f32 and with --precision auto where it has that option, its start included; the start of the
Python pipelines is not.
Every figure is the median over the rounds; a ratio is the median of the ratios of each round, because the speed of a
machine drifts. The limit is the rate of the bare network on the same tensors, both cores busy (`imgrec bench`).
"""
import argparse
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
# Model and set of each task.
TASKS = {
    "detect": ("yolox_nano", "small"), "faces": ("yunet", "small"), "text": (None, "pages"),
    "embed": ("mobilenet_v2_features", "small"), "similar": (None, "small"), "upscale": ("edsr_photo_x3", "tiny"),
}


def small(folder, photos):
    """Reductions of the wallpapers and of parts of them, and the demo's photos: so many that a start counts little."""
    from PIL import Image
    Image.MAX_IMAGE_PIXELS = None
    for n, path in enumerate(sorted((photos / "wallpapers").glob("*.jp*g"))):
        image = Image.open(path).convert("RGB")
        width, height = image.size
        # Left, upper, right and lower edge, in quarters.
        parts = [tuple(v * side // 4 for v, side in zip(part, (width, height) * 2)) for part in (
            (0, 0, 4, 4), (0, 0, 2, 4), (2, 0, 4, 4), (0, 1, 3, 4), (1, 0, 4, 3), (1, 1, 3, 3),
            (0, 0, 2, 2), (2, 0, 4, 2), (0, 2, 2, 4), (2, 2, 4, 4), (0, 0, 4, 3), (0, 2, 4, 4))]
        for k, box in enumerate(parts):
            part = image.crop(box)
            part.thumbnail((1280, 1280))
            part.save(folder / f"{n:03d}-{k}.jpg", quality=90)
    for path in sorted((photos / "demo").glob("*")):
        image = Image.open(path).convert("RGB")
        for k, side in enumerate((640, 800, 1000, 1280)):
            part = image.resize((side, max(1, image.height * side // image.width)))
            part.save(folder / f"{path.stem}-{k}.jpg", quality=90)


def pages(folder, _):
    """Pages of text as receipts have it, in the font that Pillow brings along."""
    from PIL import Image, ImageDraw, ImageFont
    draw_from = random.Random(1)
    words = ("total cash change item tax date thank you please come again receipt number table guest service discount "
             "card paid balance street phone invoice quantity price amount").split()
    for n in range(20):
        image = Image.new("L", (900, 1400), 250)
        canvas = ImageDraw.Draw(image)
        y = 40
        while y < 1330:
            size = draw_from.choice((22, 26, 26, 30, 40))
            line = " ".join(draw_from.choice(words) for _ in range(draw_from.randint(2, 5)))
            font = ImageFont.load_default(size)
            canvas.text((50, y), line.capitalize(), font=font, fill=30)
            canvas.text((740, y), f"{draw_from.random() * 90:.2f}", font=font, fill=30)
            y += size + draw_from.randint(10, 26)
        image.save(folder / f"{n:02d}.png")


def tiny(folder, photos):
    from PIL import Image
    Image.MAX_IMAGE_PIXELS = None
    for n, path in enumerate(sorted((photos / "wallpapers").glob("*.jp*g"))[:12]):
        Image.open(path).convert("RGB").resize((320, 240)).save(folder / f"{n:02d}.jpg", quality=90)


def photos_of(photos, name):
    """Returns the folder of a set, which is created once."""
    folder = photos / "bench" / name
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        {"small": small, "pages": pages, "tiny": tiny}[name](folder, photos)
        (folder / "done").touch()
    return folder


def measured(command):
    """Runs a command; returns its output, and its seconds of wall and processor time and peak MB, children included."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, use = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {err.strip()}")
    return out, wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024


def imgrec(a, task, model, files, precision):
    """Returns images/s, processor seconds and peak MB of one run, from process start to end."""
    with tempfile.TemporaryDirectory() as folder:
        listed = os.path.join(folder, "list")
        pathlib.Path(listed).write_text("".join(f"{f}\n" for f in files))
        engine = ["--precision", precision]
        if task == "similar":
            command = ["similar", "--files-from", listed, "-q"]
        elif task == "upscale":
            command = ["upscale", "--files-from", listed, "-o", f"{folder}/out", "-q", "-m", model, "--format", "png", *engine]
        else:
            command = ["scan", "--files-from", listed, "--cache", "off", "-q", "-o", "/dev/null", *engine,
                       *(["--task", task] if model is None else ["-m", model])]
        _, wall, cpu, peak = measured([a.imgrec, *command])
    return len(files) / wall, cpu, peak


def peer(a, task, model, folder, count):
    command = [a.python, here / "tasks.py", "--task", task, "--images", folder, "--limit", str(count)]
    if model:
        path = subprocess.run([a.imgrec, "models", "path", model], check=True, capture_output=True, text=True).stdout
        command += ["--model", path.splitlines()[0]]
    out = measured(command)[0]
    return tuple(float(re.search(pattern, out)[1]) for pattern in (r"([\d.]+) img/s", r"cpu +([\d.]+)", r"peak +(\d+)"))


def limit(a, model, files, precision):
    """Prints the rates of decoding alone, of the bare network, and of both at best."""
    command = [a.imgrec, "bench", "-m", model, "--precision", precision, "--seconds", "1", "--json", "-q", *files]
    out = measured(command)[0]
    rates = json.loads(out)
    print(f"limit in {precision}: decoding alone {rates['decode']:.1f}, network alone {rates['infer']:.1f}, both at best "
          f"{rates['limit']:.1f}, scan {rates['best']:.1f} images/s", flush=True)


def race(a, task):
    model, name = TASKS[task]
    folder = photos_of(a.photos, name)
    files = sorted(f for f in folder.iterdir() if f.suffix in (".jpg", ".png"))[:a.limit]
    runners = {"imgrec": lambda: imgrec(a, task, model, files, "f32")}
    if task != "similar":
        runners = {"imgrec f32": runners["imgrec"], "imgrec auto": lambda: imgrec(a, task, model, files, "auto")}
    runners["Python"] = lambda: peer(a, task, model, folder, len(files))
    figures = {runner: [] for runner in runners}
    for _ in range(a.rounds):
        for runner, run in runners.items():
            figures[runner].append(run())
    print(f"\n### {task}, {len(files)} pictures of `{name}`\n\n"
          "| pipeline | images/s | CPU s | peak MB | beside Python |\n|---|---|---|---|---|")
    for runner, runs in figures.items():
        ratio = statistics.median(own[0] / other[0] for own, other in zip(runs, figures["Python"]))
        print(f"| {runner} | {statistics.median(r[0] for r in runs):.2f} | {statistics.median(r[1] for r in runs):.1f} "
              f"| {max(r[2] for r in runs):.0f} | {'' if runner == 'Python' else f'{ratio:.2f} x'} |", flush=True)
    print()
    if task in ("detect", "faces", "embed"):
        for precision in ("f32", "auto"):
            limit(a, model, files, precision)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--imgrec", required=True)
    p.add_argument("--photos", type=pathlib.Path, required=True)
    p.add_argument("--tasks", default=" ".join(TASKS))
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--limit", type=int)
    a = p.parse_args()
    unknown = [t for t in a.tasks.split() if t not in TASKS]
    if unknown:
        raise SystemExit(f"no race for {', '.join(unknown)}\nTasks: {', '.join(TASKS)}.")
    for task in a.tasks.split():
        race(a, task)


if __name__ == "__main__":
    main()

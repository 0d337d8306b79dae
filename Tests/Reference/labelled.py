#!/usr/bin/env python3
"""Accuracy of the answers, on pictures whose ground truth comes with a package.

    labelled.py IMGREC [classes] [faces] [people] [text]

classes  20 ImageNet pictures in the wheel foolbox 3.3.4: top-1 and top-5, for each network of 1000 classes
faces    43 faces in ten PASCAL VOC photos in the source of Debian's dlib 19.24: faces found, and boxes without a face
people   five people with eleven photos each in the same source, and those of Barack Obama in face_recognition 1.3.0: one
         photo is enrolled, the others are identified
text     six pages with their text in the tests of Debian's tesseract 5.3.0: words and lines read correctly

Uses only the standard library. Downloads are checked against their SHA-256 and cached in ~/.cache/imgrec-dev/labelled.
Debian's sources come through apt, whose lists of sources are read into a temporary folder. The models are pulled.
"""
import difflib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import xml.etree.ElementTree
import zipfile

from boxes import iou

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "imgrec-dev" / "labelled"
ARCHIVES = {
    "foolbox-3.3.4-py3-none-any.whl": ("foolbox==3.3.4",
        "11049d515d38e765e206a73ace9cc648b81a0d6d1da9ad9057e149ee117989cb"),
    "face_recognition-1.3.0.tar.gz": ("face_recognition==1.3.0",
        "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"),
    "dlib_19.24+dfsg.orig.tar.bz2": ("dlib",
        "66b4263822a2ff91a3e769e501c7d7927a13089e178c1427ec19cb0475823cf6"),
    "tesseract_5.3.0.orig-test.tar.gz": ("tesseract",
        "2788d27de6e448f8ffa7dd19a22c5781768440dee60a34607099f0c66d44b911"),
}
DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
CLASSIFIERS = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "mobilenet_v2", "squeezenet_1_1"]
DETECTORS = ["yunet", "centerface", "res10_ssd", "haar_frontal", "lbp_frontal"]
# Pages that have their text beside them; 8087_054.3G is 8087_054.3B in grey.
PAGES = {"phototest.tif": "phototest", "phototest_2.tif": "phototest", "phototest-rotated-180.png": "phototest",
         "phototest-rotated-R.png": "phototest", "phototest-rotated-L.png": "phototest", "eurotext.tif": "eurotext"}


def archive(name):
    """Returns the path of an archive, which is fetched if it is missing."""
    package, digest = ARCHIVES[name]
    path = CACHE / name
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        CACHE.mkdir(parents=True, exist_ok=True)
        if "==" in package:
            form = "--only-binary" if name.endswith(".whl") else "--no-binary"
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                            form, ":all:", "-d", str(CACHE), package], check=True)
        else:
            debian_source(package, name)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise SystemExit(f"{name}: unexpected SHA-256")
    return path


def debian_source(package, name):
    """Fetches one file of a Debian source, from the mirrors that apt uses."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                             "Created-By: Packages"], stdout=subprocess.PIPE, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        parts = pathlib.Path(folder, "parts")
        parts.mkdir()
        lines = set()
        for line in listed.splitlines():
            uri, release, component = line.split()
            if component == "main" and "-" not in release:
                lines.add(f"deb-src [signed-by={DEBIAN_KEYS}] {uri} {release} main\n")
        parts.joinpath("sources.list").write_text("".join(sorted(lines)))
        lists = pathlib.Path(folder, "lists", "partial")
        lists.mkdir(parents=True)
        apt = ["apt-get", "-o", f"Dir::Etc::SourceList={parts}/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null",
               "-o", f"Dir::State::Lists={lists.parent}"]
        subprocess.run(apt + ["update", "-qq"], check=True, stderr=subprocess.DEVNULL)
        uris = subprocess.run(apt + ["source", "--print-uris", package], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL).stdout
        for uri, file in re.findall(r"'(\S+)' (\S+)", uris):
            if file == name:
                return urllib.request.urlretrieve(uri, CACHE / name)
    raise SystemExit(f"apt does not know {name}")


def unpacked(name, pattern):
    """Extracts the members that match, and returns their folder."""
    folder = CACHE / name.split("-")[0].split("_")[0]
    path = archive(name)
    if name.endswith(".whl"):
        with zipfile.ZipFile(path) as wheel:
            for member in wheel.namelist():
                if re.search(pattern, member):
                    wheel.extract(member, folder)
    else:
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isfile() and re.search(pattern, member.name):
                    tar.extract(member, folder, filter="data")
    return folder


def run(imgrec, *arguments):
    result = subprocess.run([imgrec, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode not in (0, 1):
        raise SystemExit(result.stderr)
    return result.stdout


def records(imgrec, *arguments):
    return [json.loads(line) for line in run(imgrec, "scan", "-q", "--cache", "off", *map(str, arguments)).splitlines()]


def classes(imgrec):
    folder = unpacked("foolbox-3.3.4-py3-none-any.whl", r"imagenet_\d+_\d+\.jpg$")
    for model in CLASSIFIERS:
        run(imgrec, "models", "pull", model)
        first = five = 0
        answers = records(imgrec, "-m", model, folder)
        for record in answers:
            truth = int(record["path"].split("_")[-1].split(".")[0])
            ids = [label["id"] for label in record["classify"]]
            first += ids[0] == truth
            five += truth in ids[:5]
        print(f"{model:20} top-1 {first} of {len(answers)}, top-5 {five}")


def faces(imgrec):
    folder = unpacked("dlib_19.24+dfsg.orig.tar.bz2", r"examples/faces/(20.*\.jpg|(training|testing)\.xml)$")
    truth, ignored = {}, {}
    for file in folder.rglob("*.xml"):
        for image in xml.etree.ElementTree.parse(file).iter("image"):
            boxes = [([float(b.get(k)) for k in ("left", "top", "width", "height")], b.get("ignore"))
                     for b in image.iter("box")]
            truth[image.get("file")] = [box for box, ignore in boxes if not ignore]
            ignored[image.get("file")] = [box for box, ignore in boxes if ignore]
    for model in DETECTORS:
        run(imgrec, "models", "pull", model)
        found = others = total = 0
        for record in records(imgrec, "-m", model, "--glob", "20*.jpg", folder):
            name = pathlib.Path(record["path"]).name
            left = [face["box"] for face in record["faces"]]
            # dlib's boxes are squares from brow to chin, so an IoU of 0.3 is enough.
            for box in truth[name]:
                total += 1
                best = max(left, key=lambda other: iou(box, other), default=None)
                if best is not None and iou(box, best) >= 0.3:
                    found += 1
                    left.remove(best)
            others += sum(all(iou(box, other) < 0.3 for other in ignored[name]) for box in left)
        print(f"{model:20} {found} of {total} faces, {others} boxes without a face")


def people(imgrec):
    johns = unpacked("dlib_19.24+dfsg.orig.tar.bz2", r"examples/johns/.*\.jpg$")
    photos = {}
    for path in sorted(johns.rglob("johns/*/*.jpg")):
        photos.setdefault(path.parent.name, []).append(path)
    obama = unpacked("face_recognition-1.3.0.tar.gz", r"test_images/obama.*\.jpg$")
    photos["Barack_Obama"] = sorted(obama.rglob("obama*.jpg"))
    for model in ("sface", "openface_small2"):
        run(imgrec, "models", "pull", "yunet", model)
        with tempfile.TemporaryDirectory() as folder:
            gallery = ["--gallery", f"{folder}/gallery.json", "--identifier", model]
            for name, paths in photos.items():
                run(imgrec, "faces", "enroll", "--largest", *gallery, name, str(paths[0]))
            print(f"{model}, one photo of each person enrolled:")
            for name, paths in photos.items():
                matches = {}
                for record in records(imgrec, "--task", "faces", "--identify", *gallery, *paths[1:]):
                    # The largest face belongs to the person.
                    face = max(record["faces"], key=lambda f: f["box"][2] * f["box"][3], default={})
                    matches.setdefault(face.get("identity", "unknown"), []).append(face.get("distance", 0))
                right = matches.pop(name, [])
                span = f", at {min(right):.2f} to {max(right):.2f}" if right else ""
                print(f"  {name:16} {len(right)} of {len(paths) - 1}{span}"
                      + "".join(f"; {len(v)} as {k}" for k, v in matches.items()))


def text(imgrec):
    folder = unpacked("tesseract_5.3.0.orig-test.tar.gz", r"testing/(phototest|eurotext)[^/]*\.(tif|png|txt)$")
    run(imgrec, "models", "pull", "ppocr_det")
    paths = {path.name: path for path in folder.rglob("testing/*")}
    for record in records(imgrec, "--task", "text", *(paths[name] for name in PAGES)):
        name = pathlib.Path(record["path"]).name
        truth = paths[f"{PAGES[name]}.txt"].read_text().split()
        # Rotated pages yield their lines in another order, so lines are compared without order.
        lines = [line for line in paths[f"{PAGES[name]}.txt"].read_text().splitlines() if line.strip()]
        words = " ".join(t["text"] for t in record["text"]).split()
        same = 0
        left = list(words)
        for word in truth:
            if word in left:
                left.remove(word)
                same += 1
        best = sum(max((difflib.SequenceMatcher(None, line, t["text"]).ratio() for t in record["text"]), default=0) > 0.9
                   for line in lines)
        print(f"{name:28} {same} of {len(truth)} words, {best} of {len(lines)} lines with a similarity over 0.9")


TASKS = {"classes": classes, "faces": faces, "people": people, "text": text}
if len(sys.argv) < 2 or any(name not in TASKS for name in sys.argv[2:]):
    raise SystemExit(__doc__)
for task in sys.argv[2:] or TASKS:
    TASKS[task](sys.argv[1])

#!/usr/bin/env python3
r"""Compare the tasks with a second stage with their references: face vectors with OpenCV's FaceRecognizerSF on the same
landmarks, text with RapidOCR on the same files, plates with hyperlpr's own steps, EAST with OpenCV's
TextDetectionModel_EAST, age, gender and OpenFace with their networks in Python.

    python3 -m venv venv && venv/bin/pip install opencv-python-headless==4.10.0.84 onnxruntime pillow
    venv/bin/pip install --no-deps rapidocr-onnxruntime==1.4.4 && venv/bin/pip install pyclipper shapely six PyYAML tqdm
    venv/bin/python Tests/Reference/compare_steps_with_reference.py IMGREC \
        faces|text|east|traits|openface|deeplab PHOTOS
    venv/bin/python Tests/Reference/compare_steps_with_reference.py IMGREC plates PHOTOS HYPERLPR
"""
import base64
import difflib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from PIL import Image

from boxes import iou


def records(imgrec, photos, *flags):
    result = subprocess.run([imgrec, "scan", "-q", "--precision", "f32", *flags, photos], stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def faces(imgrec, photos):
    path = subprocess.run([imgrec, "models", "path", "sface"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    recogniser = cv2.FaceRecognizerSF.create(path, "")
    for record in records(imgrec, photos, "--task", "faces", "--vectors"):
        image = cv2.imread(record["path"])
        for face in record["faces"]:
            row = np.array(face["box"] + [v for p in face["landmarks"] for v in p] + [face["score"]], np.float32)
            reference = recogniser.feature(recogniser.alignCrop(image, row[None]))[0]
            ours = np.frombuffer(base64.b64decode(face["vector"]), "<f4")
            cosine = ours @ reference / np.linalg.norm(ours) / np.linalg.norm(reference)
            print(f"{pathlib.Path(record['path']).name:20} {face['score']:.3f} {face['box']} cosine {cosine:.5f}")


def text(imgrec, photos):
    from rapidocr_onnxruntime import RapidOCR
    # One line per batch, as imgrec pads it; RapidOCR pads six lines to the longest, which changes what it reads.
    engine = RapidOCR(rec_batch_num=1)
    same = lines = 0
    for record in records(imgrec, photos, "--task", "text"):
        reference = engine(record["path"])[0] or []
        ours = [(np.array(t["quad"]).mean(0), t["text"], t["score"], t["quad"]) for t in record["text"]]
        print(pathlib.Path(record["path"]).name, f"{len(ours)}/{len(reference)} lines")
        for quad, words, score in reference:
            lines += 1
            centre = np.array(quad).mean(0)
            near = min(ours, key=lambda o: np.linalg.norm(o[0] - centre), default=None)
            if near is None or np.linalg.norm(near[0] - centre) > 20:
                print(f"   not found: {words!r} {score:.2f}")
                continue
            same += near[1] == words
            apart = np.abs(np.array(near[3]) - np.array(quad)).max()
            ratio = difflib.SequenceMatcher(None, near[1], words).ratio()
            print(f"   {ratio:.2f} corners within {apart:.0f} px, scores {near[2]:.3f}/{score:.3f}: {near[1]!r}"
                  + ("" if near[1] == words else f" for {words!r}"))
    print(f"{same} of {lines} lines read the same")


def plates(imgrec, photos):
    """Runs hyperlpr's own steps (pip download --no-deps hyperlpr==0.0.2, unpacked; its folder is the last argument),
    adapted to current OpenCV and NumPy: least squares replace estimateRigidTransform, which was removed; np.int is
    int; its detect_ssd returned after the first plate."""
    folder = pathlib.Path(sys.argv[4])

    def rigid(points, targets, _):
        return np.linalg.lstsq(np.hstack([points, np.ones((4, 1))]), targets, rcond=None)[0].T

    source = (folder / "hyperlpr.py").read_text().replace("from .table_chs import chars", "")
    source = source.replace("np.int)", "int)").replace("cv2.estimateRigidTransform", "rigid")
    source = source.replace("            return cropped_images\n", "        return cropped_images\n", 1)
    source = source.replace("        print(im_tensor.shape)\n", "").replace("            print(left,top,right,bottom)\n", "")
    names = {"rigid": rigid}
    exec((folder / "table_chs.py").read_text(), names)
    exec(source, names)
    reference = names["LPR"](str(folder / "models"))
    for record in records(imgrec, photos, "--task", "plates"):
        theirs = reference.plate_recognition(cv2.imread(record["path"]))
        print(pathlib.Path(record["path"]).name, f"{len(record['plates'])}/{len(theirs)} plates")
        for words, score, (left, top, right, bottom) in theirs:
            box = [left, top, right - left, bottom - top]
            best = max(record["plates"], key=lambda p: iou(p["box"], box), default=None)
            if best is None or iou(best["box"], box) < 0.3:
                print(f"   not found: {words!r} {score:.2f}")
                continue
            print(f"   IoU {iou(best['box'], box):.3f} scores {best['score']:.3f}/{score:.3f}: {best['text']!r} {words!r}")


def east(imgrec, photos):
    """Runs OpenCV's TextDetectionModel_EAST at the input size that imgrec uses."""
    path = subprocess.run([imgrec, "models", "path", "east"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    # Without these engines no text is read, and every quad is reported.
    environment = dict(os.environ, IMGREC_OPENVINO="/nowhere.so", IMGREC_ONNXRUNTIME="/nowhere.so")
    result = subprocess.run(
        [imgrec, "scan", "-q", "--cache", "off", "--precision", "f32", "-m", "east", photos], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=environment)
    same = lines = ours_count = 0
    ious = []
    for record in map(json.loads, result.stdout.splitlines()):
        image = cv2.imread(record["path"])
        height, width = image.shape[:2]
        factor = min(max(1, 320 / min(width, height)), 1280 / max(width, height))
        size = tuple(round(int(side * factor) / 32) * 32 for side in (width, height))
        model = cv2.dnn.TextDetectionModel_EAST(path)
        model.setConfidenceThreshold(0.5).setNMSThreshold(0.4)
        model.setInputParams(1.0, size, (123.68, 116.78, 103.94), True)
        # detect() rounds these rectangles' corners to whole pixels.
        theirs = [cv2.boxPoints(rectangle) for rectangle in model.detectTextRectangles(image)[0]]
        ours = [np.array(t["quad"], np.float32) for t in record["text"]]
        ours_count += len(ours)
        lines += len(theirs)
        for quad in theirs:
            def overlap(other):
                area, _ = cv2.intersectConvexConvex(np.array(quad, np.float32), other)
                return area / (cv2.contourArea(np.array(quad, np.float32)) + cv2.contourArea(other) - area)
            best = max(map(overlap, ours), default=0)
            if best > 0.5:
                same += 1
                ious.append(best)
        print(pathlib.Path(record["path"]).name, f"{len(ours)}/{len(theirs)} quads")
    print(f"{same} of {lines} found ({ours_count} by imgrec), IoU {min(ious):.3f} to {max(ious):.3f}, "
          f"median {np.median(ious):.3f}")


def traits(imgrec, photos):
    """Runs the networks of age and gender in Python, on the same boxes with a margin of a tenth of their sides."""
    where = {name: pathlib.Path(subprocess.run(
        [imgrec, "models", "path", name], stdout=subprocess.PIPE, text=True, check=True).stdout.strip())
        for name in ("age_net", "gender_net")}
    nets = {name: cv2.dnn.readNetFromCaffe(str(path.parent / f"deploy_{name[:-4]}.prototxt"), str(path))
            for name, path in where.items()}
    classes = {"age_net": ["(0-2)", "(4-6)", "(8-12)", "(15-20)", "(25-32)", "(38-43)", "(48-53)", "(60-100)"],
               "gender_net": ["male", "female"]}
    for record in records(imgrec, photos, "--task", "faces", "--age-gender"):
        image = cv2.imread(record["path"])
        for face in record["faces"]:
            x, y, w, h = face["box"]
            left, top = max(0, int(x - w / 10)), max(0, int(y - h / 10))
            crop = image[top:int(y + h * 1.1), left:int(x + w * 1.1)]
            blob = cv2.dnn.blobFromImage(crop, 1, (227, 227), (78.4263377603, 87.7689143744, 114.895847746))
            answers = []
            for name, net in nets.items():
                net.setInput(blob)
                scores = net.forward()[0]
                key = name[:-4]
                answers.append(f"{face[key]} {face[key + '_score']:.3f} / {classes[name][scores.argmax()]} {scores.max():.3f}")
            print(f"{pathlib.Path(record['path']).name:20} {'; '.join(answers)}")


def openface(imgrec, photos):
    """Runs OpenFace's network in Python on crops that OpenCV aligns to the same five points."""
    path = subprocess.run(
        [imgrec, "models", "path", "openface_small2"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    net = cv2.dnn.readNetFromTorch(path)
    targets = np.array([[26.6276, 16.0593], [67.7903, 15.2640], [47.2410, 40.5223], [29.4826, 61.6176], [66.7597, 60.8777]])
    for record in records(imgrec, photos, "--task", "faces", "--vectors", "--identifier", "openface_small2"):
        image = cv2.imread(record["path"])
        for face in record["faces"]:
            points = np.array(face["landmarks"])
            matrix = similarity(points, targets)
            crop = cv2.warpAffine(image, matrix, (96, 96))
            net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, (96, 96), swapRB=True))
            reference = net.forward()[0]
            ours = np.frombuffer(base64.b64decode(face["vector"]), "<f4")
            cosine = ours @ reference / np.linalg.norm(ours) / np.linalg.norm(reference)
            print(f"{pathlib.Path(record['path']).name:20} {face['box']} cosine {cosine:.5f}")


def deeplab(imgrec, photos):
    """Runs the same file on Google's interpreter (pip install ai-edge-litert); masks are compared at full size."""
    from ai_edge_litert.interpreter import Interpreter
    path = subprocess.run(
        [imgrec, "models", "path", "deeplab_v3"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    names = json.loads(subprocess.run(
        [imgrec, "models", "info", "deeplab_v3", "--json"], stdout=subprocess.PIPE, text=True).stdout)["labels"]["names"]
    net = Interpreter(model_path=path)
    net.allocate_tensors()
    with tempfile.TemporaryDirectory() as folder:
        for record in records(imgrec, photos, "-m", "deeplab_v3", "--masks", folder):
            image = cv2.cvtColor(cv2.imread(record["path"]), cv2.COLOR_BGR2RGB)
            small = np.array(Image.fromarray(image).resize((257, 257), Image.BILINEAR), np.float32)
            net.set_tensor(net.get_input_details()[0]["index"], (small[None] - 127.5) / 127.5)
            net.invoke()
            winners = net.get_tensor(net.get_output_details()[0]["index"])[0].argmax(-1)
            for segment in record["segment"]:
                ours = cv2.imread(segment["file"], cv2.IMREAD_GRAYSCALE) >= 128
                mask = (winners == names.index(segment["label"])).astype(np.uint8) * 255
                theirs = cv2.resize(mask, ours.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 128
                share = (ours & theirs).sum() / max(1, (ours | theirs).sum())
                print(f"{pathlib.Path(record['path']).name:20} {segment['label']:12} {segment['score']:.3f} IoU {share:.3f}")
            reported = {names.index(s["label"]) for s in record["segment"]}
            for other in sorted(set(np.unique(winners).tolist()) - reported - {0}):
                print(f"{pathlib.Path(record['path']).name:20} {names[other]:12} not reported, "
                      f"{(winners == other).sum()} of {winners.size} pixels")


def similarity(points, targets):
    """Returns Umeyama's similarity transform as a 2 x 3 matrix."""
    p, q = points - points.mean(0), targets - targets.mean(0)
    a = (p * q).sum() / (p * p).sum()
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / (p * p).sum()
    rotation = np.array([[a, -b], [b, a]])
    return np.hstack([rotation, (targets.mean(0) - rotation @ points.mean(0))[:, None]])


TASKS = {"faces": faces, "text": text, "plates": plates, "east": east, "traits": traits, "openface": openface,
         "deeplab": deeplab}
TASKS[sys.argv[2]](sys.argv[1], sys.argv[3])

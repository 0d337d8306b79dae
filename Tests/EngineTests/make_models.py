"""Writes the tiny networks of Fixtures/models, and prints what ONNX Runtime makes of the test's picture.

    python3 -m venv v && v/bin/pip install onnx onnxruntime openvino numpy && v/bin/python Tests/EngineTests/make_models.py

Opset 11 and IR version 6, so that OpenCV 4.6 reads them too.
"""
import pathlib

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

folder = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "models"
random = np.random.default_rng(7)
kernel = random.normal(0, 0.4, (4, 3, 3, 3)).astype(np.float32)
weight = random.normal(0, 1, (3, 4)).astype(np.float32)
bias = np.array([0.1, -0.2, 0.3], np.float32)
two = random.normal(0, 0.4, (2, 3, 3, 3)).astype(np.float32)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def save(name, nodes, initializers, shape, output, output_shape, source=TensorProto.FLOAT, target=TensorProto.FLOAT,
         further=(), inside=()):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("image", source, shape), *further],
        [helper.make_tensor_value_info(output, target, output_shape)], initializers, value_info=inside)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], producer_name="imgrec")
    model.ir_version = 6
    onnx.checker.check_model(model)
    onnx.save(model, folder / name)


def conv(source):
    return [helper.make_node("Conv", [source, "kernel"], ["conv"], "conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["conv"], ["relu"], "relu"),
            helper.make_node("GlobalAveragePool", ["relu"], ["pool"], "pool")]


def gemm():
    return helper.make_node("Gemm", ["flat", "weight", "bias"], ["scores"], "gemm", transB=1)


weights = [constant("kernel", kernel), constant("weight", weight), constant("bias", bias)]
flatten = helper.make_node("Flatten", ["pool"], ["flat"], "flatten")

# Three classes from 8x8; takes any batch.
save("classes.onnx", conv("image") + [flatten, gemm()], weights, ["n", 3, 8, 8], "scores", ["n", 3])
# The same with its weights in a file beside it.
onnx.save_model(onnx.load(folder / "classes.onnx"), folder / "external.onnx", save_as_external_data=True,
                location="external.onnx.data", size_threshold=0)
# The same, NHWC.
save("classes_nhwc.onnx",
     [helper.make_node("Transpose", ["image"], ["planar"], "planar", perm=[0, 3, 1, 2])] + conv("planar")
     + [flatten, gemm()], weights, ["n", 8, 8, 3], "scores", ["n", 3])
# The same with a constant batch of 1 inside: refuses batches. The one is not first in the shape, since OpenCV takes a
# leading one for the batch.
save("single.onnx",
     conv("image") + [helper.make_node("Reshape", ["pool", "shape"], ["column"], "reshape"),
                      helper.make_node("Transpose", ["column"], ["flat"], "row", perm=[1, 0]), gemm()],
     weights + [constant("shape", np.array([4, 1], np.int64))], [1, 3, 8, 8], "scores", [1, 3])
# The same with inputs and outputs of other types, which are cast at both ends; whole numbers are a tenth of the scores.
for name, source, target in [
        ("uint8", TensorProto.UINT8, TensorProto.INT32), ("int8", TensorProto.INT8, TensorProto.INT8),
        ("int32", TensorProto.INT32, TensorProto.INT64), ("int64", TensorProto.INT64, TensorProto.DOUBLE),
        ("float16", TensorProto.FLOAT16, TensorProto.FLOAT16), ("float64", TensorProto.DOUBLE, TensorProto.DOUBLE),
        ("bool", TensorProto.BOOL, TensorProto.FLOAT)]:
    whole = target in (TensorProto.INT8, TensorProto.INT32, TensorProto.INT64)
    save(f"takes_{name}.onnx",
         [helper.make_node("Cast", ["image"], ["plain"], "plain", to=TensorProto.FLOAT)] + conv("plain")
         + [flatten, helper.make_node("Gemm", ["flat", "weight", "bias"], ["raw"], "gemm", transB=1)]
         + ([helper.make_node("Mul", ["raw", "tenth"], ["small"], "small"),
             helper.make_node("Floor", ["small"], ["whole"], "whole")] if whole else [])
         + [helper.make_node("Cast", ["whole" if whole else "raw"], ["scores"], "cast", to=target)],
         weights + ([constant("tenth", np.array(0.1, np.float32))] if whole else []), ["n", 3, 8, 8], "scores", ["n", 3],
         source, target)
# The mean of each channel, which takes no time: for tests of all that is around a network. Takes any batch.
save("mean.onnx",
     [helper.make_node("GlobalAveragePool", ["image"], ["pool"], "pool"),
      helper.make_node("Flatten", ["pool"], ["scores"], "flatten")], [], ["n", 3, 8, 8], "scores", ["n", 3])
# A class that is not a number (0 / 0) on black pictures, and certain on others.
save("undefined.onnx",
     [helper.make_node("GlobalAveragePool", ["image"], ["pool"], "pool"),
      helper.make_node("Flatten", ["pool"], ["mean"], "flatten"),
      helper.make_node("Div", ["mean", "mean"], ["scores"], "div")], [], ["n", 3, 8, 8], "scores", ["n", 3])
# Four boxes side by side, one of each class, whatever the picture: (1, 4 + classes, cells) of YOLOv8.
cells = np.zeros((1, 8, 84), np.float32)
for index in range(4):
    cells[0, :4, index] = (8 + 16 * index, 32, 10, 10)
    cells[0, 4 + index, index] = 0.9
save("four_boxes.onnx",
     [helper.make_node("ReduceMean", ["image"], ["mean"], "mean", axes=[0, 1, 2, 3], keepdims=0),
      helper.make_node("Mul", ["mean", "zero"], ["nothing"], "mul"),
      helper.make_node("Add", ["cells", "nothing"], ["boxes"], "add")],
     [constant("zero", np.array(0, np.float32)), constant("cells", cells)], [1, 3, 64, 64], "boxes", [1, 8, 84])
# A map as large as the picture, whatever that is; padded pixels count.
save("map.onnx", [helper.make_node("Conv", ["image", "two"], ["map"], "map", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
     [constant("two", two)], ["n", 3, "h", "w"], "map", ["n", 2, "h", "w"])
# The same stored with one size, for which it also states a shape inside, and with its weight among the inputs.
save("sized_map.onnx",
     [helper.make_node("Conv", ["image", "two"], ["inside"], "map", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
      helper.make_node("Identity", ["inside"], ["map"], "copy")],
     [constant("two", two)], [1, 3, 64, 64], "map", [1, 2, 64, 64],
     further=[helper.make_tensor_value_info("two", TensorProto.FLOAT, two.shape)],
     inside=[helper.make_tensor_value_info("inside", TensorProto.FLOAT, [1, 2, 64, 64])])

# The classifier, which fails at run time (ONNX Runtime: an index out of bounds) on pictures brighter than 0.8.
save("brittle.onnx",
     conv("image") + [flatten, helper.make_node("Gemm", ["flat", "weight", "bias"], ["plain"], "gemm", transB=1),
                      helper.make_node("ReduceMean", ["image"], ["mean"], "mean", axes=[1, 2, 3], keepdims=0),
                      helper.make_node("Mul", ["mean", "factor"], ["scaled"], "scaled"),
                      helper.make_node("Floor", ["scaled"], ["floor"], "floor"),
                      helper.make_node("Cast", ["floor"], ["index"], "index", to=TensorProto.INT64),
                      helper.make_node("Gather", ["table", "index"], ["one"], "gather", axis=0),
                      helper.make_node("Unsqueeze", ["one"], ["column"], "column", axes=[1]),
                      helper.make_node("Mul", ["plain", "column"], ["scores"], "scores")],
     weights + [constant("factor", np.array(1.25, np.float32)), constant("table", np.array([1], np.float32))],
     ["n", 3, 8, 8], "scores", ["n", 3])


def picture(width, height, shift):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * 7 + y * 13 + c * 29 + shift) % 256).astype(np.float32)


mean, scale = np.array([100, 110, 120], np.float32), np.array([0.01, 0.02, 0.03], np.float32)
for name in ["classes.onnx", "classes_nhwc.onnx", "single.onnx"]:
    session = onnxruntime.InferenceSession(folder / name)
    for shift in [0, 50]:
        blob = ((picture(8, 8, shift) - mean) * scale)[None]
        blob = blob if "nhwc" in name else blob.transpose(0, 3, 1, 2)
        print(name, shift, session.run(None, {"image": blob})[0])
session = onnxruntime.InferenceSession(folder / "map.onnx")
for width, height in [(12, 10), (20, 6)]:
    out = session.run(None, {"image": ((picture(width, height, 0) - mean) * scale)[None].transpose(0, 3, 1, 2)})[0]
    print("map.onnx", width, height, out.shape, out[0, 0, 0, 0], out[0, 1, -1, -1], np.abs(out).sum())

# The classifier in OpenVINO's own form.
openvino.save_model(openvino.convert_model(folder / "classes.onnx"), folder / "classes.xml", compress_to_fp16=False)

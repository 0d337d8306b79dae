# Arguments: a JSON file that names the network, the samples and the target. Writes the network in 8-bit integers (QDQ:
# weights by channel, activations by their least and greatest values over the samples; Nagel et al., "A White Paper on
# Neural Network Quantization", 2021).
import glob
import json
import os
import sys

import numpy
import onnx
import onnxruntime
from onnx import version_converter
from onnxruntime import quantization

# Operators that the engines compute in integers, or pass them through. The others stay in float32.
OPERATORS = ["Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "AveragePool", "GlobalAveragePool", "MaxPool", "Concat",
             "Resize", "Flatten", "Reshape", "Transpose", "Relu", "Clip"]


class Samples(quantization.CalibrationDataReader):
    def __init__(self, spec, name):
        self.paths = iter(sorted(glob.glob(os.path.join(spec["samples"], "*.npy"))))
        self.spec, self.name = spec, name
        self.mean, self.scale = numpy.float32(spec["mean"]), numpy.float32(spec["scale"])

    def get_next(self):
        path = next(self.paths, None)
        if path is None:
            return None
        picture = (numpy.load(path).astype(numpy.float32) - self.mean) * self.scale
        if self.spec["layout"] == "nchw":
            picture = picture.transpose(2, 0, 1)
        return {self.name: numpy.ascontiguousarray(picture[None])}


def prepare(spec, folder):
    """Writes the part of the network that the outputs need, with batch norms folded, in an opset that has scales by
    channel. Returns the file and the input's name."""
    model = onnx.load(spec["network"])
    if spec["outputs"]:
        known = {v.name: v for v in list(model.graph.output) + list(model.graph.value_info)}
        del model.graph.output[:]
        for name in spec["outputs"]:
            model.graph.output.append(
                known.get(name) or onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    if next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")) < 13:
        model = version_converter.convert_version(model, 13)
    newer, folded = os.path.join(folder, "newer.onnx"), os.path.join(folder, "folded.onnx")
    onnx.save(model, newer)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = folded
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(newer, options, providers=["CPUExecutionProvider"])
    return folded, session.get_inputs()[0].name


def tail(graph):
    """Returns the names of the nodes behind the last convolutions and products, and of those themselves if a network has
    several: they mix scores with coordinates, whose range would take the scores' digits."""
    heavy = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
    makers = {output: node for node in graph.node for output in node.output}
    inner, last, seen = set(), set(), set()
    stack = [makers[o.name] for o in graph.output if o.name in makers]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.op_type in heavy:
            last.add(node.name)
        else:
            inner.add(node.name)
            stack.extend(makers[i] for i in node.input if i in makers)
    return sorted(inner | (last if len(last) > 1 else set()))


def main():
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    folded, name = prepare(spec, os.path.dirname(sys.argv[1]))
    quantization.quantize_static(
        folded, spec["target"], Samples(spec, spec.get("input") or name), quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=OPERATORS, nodes_to_exclude=tail(onnx.load(folded).graph), per_channel=True,
        reduce_range=spec["reduced"],
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        calibrate_method=quantization.CalibrationMethod.MinMax)
    made = onnx.load(spec["target"])
    for key, value in spec["metadata"].items():
        made.metadata_props.add(key=key, value=value)
    onnx.save(made, spec["target"])


try:
    main()
except Exception as error:
    sys.exit("%s: %s" % (type(error).__name__, " ".join(str(error).split())[:300]))

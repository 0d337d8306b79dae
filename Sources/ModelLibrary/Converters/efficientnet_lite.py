"""EfficientNet-Lite0 out of a PyTorch state dict into ONNX, with nothing but Python's own library.

    efficientnet_lite.py IN.pth OUT.onnx

The weights go over as they are, to the bit; what a state dict does not hold is the plan of the network, which is that of
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: no squeeze-and-excitation, ReLU6, stem and
head of fixed width, padding as TensorFlow's SAME. Opset 9, whose Clip and Pad have no inputs, so that OpenCV 4.6 reads
it too. Input `image`: (n, 3, 224, 224), RGB, (x - 127) / 128; output `logits`: (n, 1000); and `features`: (n, 1280).
"""
import array
import collections
import pickle
import struct
import sys

# The stride of each stage's first block (the others have 1), and its blocks.
STRIDES = [1, 2, 2, 2, 1, 2, 1]
REPEATS = [1, 2, 2, 3, 3, 4, 1]
SIDE = 224
EPSILON = 1e-3


class Storage:
    """A tensor's numbers in the file, float32 or int64."""

    def __init__(self, kind, count):
        self.width = {"FloatStorage": 4, "LongStorage": 8}[kind]
        self.count, self.data = count, b""


class Tensor:
    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    @property
    def data(self):
        """The numbers in row-major order; a converted network stores some in TensorFlow's."""
        width = self.storage.width
        indices = [self.offset]
        for side, stride in zip(self.shape, self.strides):
            indices = [index + stride * n for index in indices for n in range(side)]
        if indices == list(range(self.offset, self.offset + len(indices))):
            return self.storage.data[self.offset * width:(self.offset + len(indices)) * width]
        numbers = array.array("f" if width == 4 else "q", self.storage.data)
        return array.array(numbers.typecode, map(numbers.__getitem__, indices)).tobytes()


class Reader(pickle.Unpickler):
    """Builds dictionaries and tensors, and nothing else that a pickle might ask for."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return name
        raise pickle.UnpicklingError("%s.%s is not allowed in weights" % (module, name))

    def persistent_load(self, key):
        _, kind, name, _, count, _ = key
        return self.storages.setdefault(name, Storage(kind, count))


def read(path):
    with open(path, "rb") as file:
        if Reader(file).load() != 0x1950A86A20F9469CFC6C:
            sys.exit("it is not a file of PyTorch's older form")
        Reader(file).load()
        Reader(file).load()
        reader = Reader(file)
        weights = reader.load()
        for name in Reader(file).load():
            storage = reader.storages[name]
            count, = struct.unpack("<q", file.read(8))
            storage.data = file.read(count * storage.width)
            if count != storage.count or len(storage.data) != count * storage.width:
                sys.exit("it ends early")
    return weights


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    if isinstance(data, str):
        data = data.encode()
    return varint(field << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    if isinstance(value, float):
        return block(5, block(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1))
    if isinstance(value, int):
        return block(5, block(1, name) + number(3, value) + number(20, 2))
    if isinstance(value, str):
        return block(5, block(1, name) + block(4, value) + number(20, 3))
    return block(5, block(1, name) + b"".join(number(8, v) for v in value) + number(20, 7))


def value_info(name, shape):
    sides = b"".join(block(1, block(2, s) if isinstance(s, str) else number(1, s)) for s in shape)
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, sides)))


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.constants, self.used = weights, [], [], 0

    def constant(self, name):
        tensor = self.weights[name]
        self.constants.append(
            b"".join(number(1, side) for side in tensor.shape) + number(2, 1) + block(8, name) + block(9, tensor.data))
        return name

    def node(self, kind, inputs, output=None, **attributes):
        self.used += 1
        output = output or "%s_%d" % (kind.lower(), self.used)
        self.nodes.append(
            b"".join(block(1, i) for i in inputs) + block(2, output) + block(3, output) + block(4, kind)
            + b"".join(attribute(k, v) for k, v in sorted(attributes.items())))
        return output

    def convolution(self, x, name, norm, side, stride=1, groups=1, relu=True):
        """Convolution, batch norm and ReLU6; returns the output and its side."""
        kernel = self.weights[name + ".weight"].shape[-1]
        out = -(-side // stride)
        missing = max((out - 1) * stride + kernel - side, 0)
        before, after = missing // 2, missing - missing // 2
        pads = [before, before, after, after]
        if before != after:
            x = self.node("Pad", [x], mode="constant", pads=[0, 0, before, before, 0, 0, after, after], value=0.0)
            pads = [0, 0, 0, 0]
        x = self.node("Conv", [x, self.constant(name + ".weight")], group=groups, kernel_shape=[kernel, kernel],
                      pads=pads, strides=[stride, stride])
        parts = [self.constant("%s.%s" % (norm, part)) for part in ("weight", "bias", "running_mean", "running_var")]
        x = self.node("BatchNormalization", [x, *parts], epsilon=EPSILON)
        return (self.node("Clip", [x], min=0.0, max=6.0) if relu else x), out


def network(weights):
    blocks = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("_blocks."))
    if blocks != sum(REPEATS):
        sys.exit("a network of %d blocks is not EfficientNet-Lite0" % blocks)
    graph = Graph(weights)
    inputs = value_info("image", ["n", 3, SIDE, SIDE])
    x, side = graph.convolution("image", "_conv_stem", "_bn0", SIDE, stride=2)
    at, comes = 0, weights["_conv_stem.weight"].shape[0]
    for first, count in zip(STRIDES, REPEATS):
        for stride in [first] + [1] * (count - 1):
            name = "_blocks.%d" % at
            before = x
            if name + "._expand_conv.weight" in weights:
                x, side = graph.convolution(x, name + "._expand_conv", name + "._bn0", side)
            depth = weights[name + "._depthwise_conv.weight"].shape[0]
            x, side = graph.convolution(
                x, name + "._depthwise_conv", name + "._bn1", side, stride=stride, groups=depth)
            x, side = graph.convolution(x, name + "._project_conv", name + "._bn2", side, relu=False)
            width = weights[name + "._project_conv.weight"].shape[0]
            if stride == 1 and width == comes:
                x = graph.node("Add", [x, before])
            comes, at = width, at + 1
    x, _ = graph.convolution(x, "_conv_head", "_bn1", side)
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x])], output="features", axis=1)
    graph.node("Gemm", [x, graph.constant("_fc.weight"), graph.constant("_fc.bias")], output="logits", transB=1)
    classes, width = weights["_fc.weight"].shape
    body = (b"".join(block(1, n) for n in graph.nodes) + block(2, "efficientnet_lite")
            + b"".join(block(5, c) for c in graph.constants) + block(11, inputs)
            + block(12, value_info("logits", ["n", classes])) + block(12, value_info("features", ["n", width])))
    return number(1, 4) + block(2, "imgrec") + block(7, body) + block(8, block(1, "") + number(2, 9))


source, target = sys.argv[1:]
with open(target, "wb") as out:
    out.write(network(read(source)))

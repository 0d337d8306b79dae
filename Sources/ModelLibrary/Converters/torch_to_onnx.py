"""What the converters share: a PyTorch state dict is read and an ONNX file written with nothing but Python's own library.

A converter is this file and then its own; its arguments are IN.pth and OUT.onnx.
"""
import array
import collections
import pickle
import struct
import sys


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

    def model(self, name, inputs, outputs):
        """The bytes of the file; inputs and outputs are (name, shape). Opset 9, whose Clip and Pad have no inputs, so that
        OpenCV 4.6 reads it too."""
        body = (b"".join(block(1, n) for n in self.nodes) + block(2, name) + b"".join(block(5, c) for c in self.constants)
                + b"".join(block(11, value_info(*i)) for i in inputs) + b"".join(block(12, value_info(*o)) for o in outputs))
        return number(1, 4) + block(2, "imgrec") + block(7, body) + block(8, block(1, "") + number(2, 9))


def convert(network):
    source, target = sys.argv[1:]
    weights = read(source)
    try:
        model = network(weights)
    except KeyError as error:
        sys.exit("it lacks the weights %s" % error)
    with open(target, "wb") as out:
        out.write(model)

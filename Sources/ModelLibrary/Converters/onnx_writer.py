"""Writes ONNX with nothing but Python's own library; part of a converter's script.

Opset 9: its Clip and Pad have no inputs, so that OpenCV 4.6 reads them.
"""
import struct


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
    """Nodes and constants in the order in which they are added; `weights`: tensors by name."""

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
        """The file, of opset 9; inputs and outputs: pairs of a name and a shape."""
        body = (b"".join(block(1, n) for n in self.nodes) + block(2, name)
                + b"".join(block(5, c) for c in self.constants) + b"".join(block(11, value_info(*i)) for i in inputs)
                + b"".join(block(12, value_info(*o)) for o in outputs))
        return number(1, 4) + block(2, "imgrec") + block(7, body) + block(8, block(1, "") + number(2, 9))

"""SqueezeNet 1.1 out of a Caffe model into ONNX, after onnx_writer.py.

    squeezenet.py IN.caffemodel OUT.onnx

The model holds the layers with their parameters (NetParameter of caffe.proto), except the size of its input, which is
that of its authors. Weights are copied to the bit. Input `data`: (n, 3, 227, 227), BGR minus the mean; output `prob`:
(n, 1000).
"""
import sys

SIDE = 227


class Tensor:
    def __init__(self, shape, data):
        self.shape, self.data = shape, data


def fields(data):
    """The fields of a message: pairs of a number and an integer or the bytes."""
    at = 0

    def take(count):
        nonlocal at
        if count > len(data) - at:
            sys.exit("it ends early")
        at += count
        return data[at - count:at]

    def integer():
        value = shift = 0
        while True:
            byte, = take(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                sys.exit("it is damaged")

    while at < len(data):
        key = integer()
        kind = key & 7
        if kind == 0:
            yield key >> 3, integer()
        elif kind == 2:
            yield key >> 3, take(integer())
        elif kind in (1, 5):
            yield key >> 3, take(8 if kind == 1 else 4)
        else:
            sys.exit("it is not a Caffe model")


def values(data, field):
    return [value for number, value in fields(data) if number == field]


def only(data, field, default):
    """The last value of a field."""
    return (values(data, field) or [default])[-1]


def tensor(data):
    """A BlobProto: its shape is a message of packed integers, or four fields of an older form."""
    shape = [only(data, field, 1) for field in (1, 2, 3, 4)]
    for packed in values(data, 7):
        shape, side, shift = [], 0, 0
        for byte in only(packed, 1, b""):
            side, shift = side | (byte & 127) << shift, shift + 7
            if byte < 128:
                shape.append(side)
                side = shift = 0
    numbers, count = b"".join(values(data, 5)), 4
    for side in shape:
        count *= side
    if len(numbers) != count:
        sys.exit("the weights of a layer do not have the size of their shape")
    return Tensor(shape, numbers)


def convolution(graph, layer, name, x, side):
    options = only(layer, 106, b"")
    # Pads and sides are repeated fields, with one value for both directions here.
    pad, kernel, groups, stride = (only(options, f, d) for f, d in ((3, 0), (4, 0), (5, 1), (6, 1)))
    inputs = [x]
    for blob in values(layer, 7):
        weights = tensor(blob)
        if len(inputs) == 2:
            # Biases have four sides in the older form.
            weights.shape = [len(weights.data) // 4]
        inputs.append("%s.%s" % (name, ("weight", "bias")[len(inputs) - 1]))
        graph.weights[inputs[-1]] = weights
        graph.constant(inputs[-1])
    x = graph.node("Conv", inputs, group=groups, kernel_shape=[kernel] * 2, pads=[pad] * 4, strides=[stride] * 2)
    return x, (side + 2 * pad - kernel) // stride + 1


def pooling(graph, layer, name, x, side):
    options = only(layer, 121, b"")
    average, kernel, stride, pad, whole = (only(options, f, d) for f, d in ((1, 0), (2, 0), (3, 1), (4, 0), (12, 0)))
    if pad or average != whole:
        sys.exit("pooling layer %s is of a kind that is not converted" % name)
    if whole:
        return graph.node("GlobalAveragePool", [x]), 1
    # Caffe rounds the size up: the last window may reach beyond the border.
    out = -(-(side - kernel) // stride) + 1
    beyond = (out - 1) * stride + kernel - side
    x = graph.node(
        "MaxPool", [x], kernel_shape=[kernel] * 2, pads=[0, 0, beyond, beyond], strides=[stride] * 2)
    return x, out


def network(data):
    graph = Graph({})
    # The ONNX value and the side of each of Caffe's blobs, which layers may overwrite.
    blobs = {b"data": ("data", SIDE)}
    for layer in values(data, 100):
        name, kind = only(layer, 1, b"").decode(), only(layer, 2, b"").decode()
        inputs = [blobs[blob] for blob in values(layer, 3) if blob in blobs]
        # The input, and what reads the label of a training image.
        if not inputs or kind in ("Data", "Input", "Accuracy"):
            continue
        x, side = inputs[0]
        if kind == "Convolution":
            x, side = convolution(graph, layer, name, x, side)
        elif kind == "Pooling":
            x, side = pooling(graph, layer, name, x, side)
        elif kind == "ReLU":
            x = graph.node("Relu", [x])
        elif kind == "Concat":
            x = graph.node("Concat", [value for value, _ in inputs], axis=1)
        elif kind in ("Softmax", "SoftmaxWithLoss"):
            x = graph.node("Softmax", [graph.node("Flatten", [x], axis=1)], output="prob", axis=1)
        elif kind not in ("Dropout", "Split"):
            sys.exit("layer %s is of the kind %s, which is not converted" % (name, kind))
        for blob in values(layer, 4):
            blobs[blob] = (x, side)
    if not graph.nodes:
        sys.exit("it has no layers of Caffe's present form")
    return graph.model("squeezenet", [("data", ["n", 3, SIDE, SIDE])], [("prob", ["n", 1000])])


source, target = sys.argv[1:]
with open(source, "rb") as file:
    content = file.read()
with open(target, "wb") as out:
    out.write(network(content))

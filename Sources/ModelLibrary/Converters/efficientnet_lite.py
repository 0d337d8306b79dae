"""EfficientNet-Lite0, 1 and 2 out of a PyTorch state dict into ONNX, after pytorch_state.py and onnx_writer.py.

    efficientnet_lite.py IN.pth OUT[-SIDE].onnx

The weights are copied to the bit. What a state dict does not hold is the plan of the network, which is that of
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: no squeeze-and-excitation, ReLU6, stem and
head of fixed width, padding as TensorFlow's SAME. Input `image`: (n, 3, side, side), RGB, (x - 127) / 128; output
`logits`: (n, 1000); and `features`: (n, 1280). The side is that of the network's training unless the name gives another.
"""
import re
import sys

# The stride of each stage's first block; the others have 1.
STRIDES = [1, 2, 2, 2, 1, 2, 1]
# The blocks of each stage, and the side of the input, by the number of blocks and the channels of the last one.
PLANS = {
    (16, 320): ([1, 2, 2, 3, 3, 4, 1], 224),
    (21, 320): ([1, 3, 3, 4, 4, 5, 1], 240),
    (21, 352): ([1, 3, 3, 4, 4, 5, 1], 260),
}
EPSILON = 1e-3


class Network(Graph):
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
    width = weights["_blocks.%d._project_conv.weight" % (blocks - 1)].shape[0]
    if (blocks, width) not in PLANS:
        sys.exit("a network of %d blocks with %d channels at the end is not EfficientNet-Lite0, 1 or 2" % (blocks, width))
    repeats, size = PLANS[blocks, width]
    if named := re.search("-([0-9]+)[.]onnx$", sys.argv[2]):
        size = int(named.group(1))
    graph = Network(weights)
    x, side = graph.convolution("image", "_conv_stem", "_bn0", size, stride=2)
    at, comes = 0, weights["_conv_stem.weight"].shape[0]
    for first, count in zip(STRIDES, repeats):
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
    return graph.model(
        "efficientnet_lite", [("image", ["n", 3, size, size])], [("logits", ["n", classes]), ("features", ["n", width])])


convert(network)

"""CARN-M (arXiv:1803.08664) out of the authors' state dict into ONNX; after pytorch_state.py and onnx_writer.py.

One state dict holds the networks of x2, x3 and x4, which differ in the upsampling alone: the file's name (carn_m_x2.onnx)
says which is made. Three cascading blocks of three residual units each, joined by 1x1 convolutions of everything so far; within
a block the units share their weights. Input `image`: (n, 3, h, w), RGB, 0 to 1 less MEAN, which is left to the caller, and so
is its addition to the output `upscaled`: (n, 3, s h, s w).

A pixel shuffle is written as a transposed convolution of as many groups as it has output channels, whose weights are ones and
zeros: the same numbers exactly, at any size and batch, by OpenCV 4.6, OpenVINO and ONNX Runtime.
"""
import re

MEAN = (0.4488, 0.4371, 0.4040)
GROUPS = 4


class Network(Graph):
    def convolution(self, x, name, groups=1, relu=True):
        kernel = self.weights[name + ".weight"].shape[-1]
        x = self.node("Conv", [x, self.shared(name + ".weight"), self.shared(name + ".bias")], group=groups,
                      kernel_shape=[kernel, kernel], pads=[kernel // 2] * 4, strides=[1, 1])
        return self.node("Relu", [x]) if relu else x

    def shared(self, name):
        """The constant of that name, which several nodes may use."""
        if name not in self.named:
            self.named.add(name)
            self.constant(name)
        return name

    def unit(self, x, name):
        y = self.convolution(x, name + ".body.0", GROUPS)
        y = self.convolution(y, name + ".body.2", GROUPS)
        y = self.convolution(y, name + ".body.4", relu=False)
        return self.node("Relu", [self.node("Add", [y, x])])

    def cascade(self, x, step, name):
        """Three steps, each after a 1x1 convolution of the input and the results of all steps so far."""
        everything = x
        for n in (1, 2, 3):
            everything = self.node("Concat", [everything, step(x, n)], axis=1)
            x = self.convolution(everything, "%sc%d.body.0" % (name, n))
        return x

    def shuffle(self, x, channels, scale):
        name = "shuffle_x%d" % scale
        if name not in self.named:
            self.named.add(name)
            side = scale * scale
            ones = array.array("f", [float(n % side == i) for n in range(channels) for i in range(side)])
            self.constants.append(
                b"".join(number(1, n) for n in (channels, 1, scale, scale)) + number(2, 1) + block(8, name)
                + block(9, ones.tobytes()))
        return self.node("ConvTranspose", [x, name], group=channels // (scale * scale), kernel_shape=[scale, scale],
                         strides=[scale, scale])


def network(weights):
    if not any(name.startswith("upsample.up%d." % SCALE) for name in weights):
        sys.exit("it has no network that upscales %d times" % SCALE)
    for bias, sign in (("sub_mean.shifter.bias", -1), ("add_mean.shifter.bias", 1)):
        if any(abs(v - sign * m) > 1e-6 for v, m in zip(struct.unpack("<3f", weights[bias].data), MEAN)):
            sys.exit("its mean is another one")
    graph = Network(weights)
    graph.named = set()
    x = graph.convolution("image", "entry", relu=False)
    x = graph.cascade(
        x, lambda x, b: graph.cascade(x, lambda x, _: graph.unit(x, "b%d.b1" % b), "b%d." % b), "")
    for step in (0, 3) if SCALE == 4 else (0,):
        name = "upsample.up%d.body.%d" % (SCALE, step)
        x = graph.convolution(x, name, GROUPS)
        x = graph.shuffle(x, weights[name + ".weight"].shape[0], 3 if SCALE == 3 else 2)
    graph.node("Conv", [x, graph.constant("exit.weight"), graph.constant("exit.bias")], output="upscaled",
               kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
    return graph.model("carn_m_x%d" % SCALE, [("image", ["n", 3, "h", "w"])], [("upscaled", ["n", 3, "sh", "sw"])])


SCALE = int(re.search("_x([234])[.]onnx$", sys.argv[2]).group(1))
convert(network)

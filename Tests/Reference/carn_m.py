#!/usr/bin/env python3
"""Upscales a drawn picture by CARN-M in PyTorch, for the test of the converted networks.

    python3 Tests/Reference/carn_m.py carn_m.pth Fixtures/models/carn_m

carn_m.pth: the authors' (see zoo.json). Writes input.png and x2.png, x3.png, x4.png, which the networks that
`imgrec models pull` converts have to reproduce within 1/255. The modules are those of
https://github.com/nmhkahn/CARN-pytorch, carn/model/carn_m.py and ops.py.
"""
import sys

import numpy as np
import torch
import torch.nn as nn
from PIL import Image

GROUPS, FEATURES = 4, 64
WIDTH, HEIGHT = 40, 30


def basic(width):
    block = nn.Module()
    block.body = nn.Sequential(nn.Conv2d(width, FEATURES, 1), nn.ReLU())
    block.forward = lambda x: block.body(x)
    return block


class Unit(nn.Module):
    def __init__(self):
        super().__init__()
        grouped = [nn.Conv2d(FEATURES, FEATURES, 3, 1, 1, groups=GROUPS) for _ in range(2)]
        self.body = nn.Sequential(grouped[0], nn.ReLU(), grouped[1], nn.ReLU(), nn.Conv2d(FEATURES, FEATURES, 1))

    def forward(self, x):
        return torch.relu(self.body(x) + x)


class Cascade(nn.Module):
    def fusions(self):
        self.c1, self.c2, self.c3 = (basic(n * FEATURES) for n in (2, 3, 4))

    def run(self, x, steps):
        everything, out = x, x
        for step, fusion in zip(steps, (self.c1, self.c2, self.c3)):
            everything = torch.cat([everything, step(out)], dim=1)
            out = fusion.forward(everything)
        return out


class Block(Cascade):
    def __init__(self):
        super().__init__()
        self.b1 = Unit()
        self.fusions()

    def forward(self, x):
        return self.run(x, [self.b1] * 3)


def upsampling(*factors):
    layers = []
    for factor in factors:
        layers += [nn.Conv2d(FEATURES, FEATURES * factor**2, 3, 1, 1, groups=GROUPS), nn.ReLU(), nn.PixelShuffle(factor)]
    block = nn.Module()
    block.body = nn.Sequential(*layers)
    return block


class CARNM(Cascade):
    def __init__(self):
        super().__init__()
        self.sub_mean, self.add_mean = nn.Module(), nn.Module()
        self.sub_mean.shifter, self.add_mean.shifter = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.entry = nn.Conv2d(3, FEATURES, 3, 1, 1)
        self.b1, self.b2, self.b3 = Block(), Block(), Block()
        self.fusions()
        self.upsample = nn.Module()
        self.upsample.up2, self.upsample.up3, self.upsample.up4 = upsampling(2), upsampling(3), upsampling(2, 2)
        self.exit = nn.Conv2d(FEATURES, 3, 3, 1, 1)

    def forward(self, x, scale):
        x = self.run(self.entry(self.sub_mean.shifter(x)), [self.b1, self.b2, self.b3])
        return self.add_mean.shifter(self.exit(getattr(self.upsample, "up%d" % scale).body(x)))


def drawn():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    edge = (x // 9 + y // 7) % 2 * 90
    return np.stack([(x * 5 + edge) % 256, (y * 6 + edge) % 256, (x * y // 5) % 256], axis=2).astype(np.uint8)


weights, folder = sys.argv[1:]
net = CARNM()
net.load_state_dict(torch.load(weights, "cpu", weights_only=True))
net.eval()
picture = drawn()
Image.fromarray(picture).save(folder + "/input.png", optimize=True)
for scale in (2, 3, 4):
    with torch.no_grad():
        out = net(torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None], scale)[0]
    pixels = (out.clamp(0, 1).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save("%s/x%d.png" % (folder, scale), optimize=True)

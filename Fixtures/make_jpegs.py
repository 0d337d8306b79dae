#!/usr/bin/env python3
"""Draws Fixtures/jpeg: kinds of JPEG that libjpeg-turbo 2.1 does not decode, of the pictures of make_formats.py.

Needs numpy and imagecodecs. Run from the root of the repository; the files are committed, so that the tests need none
of this.
"""
from pathlib import Path

import imagecodecs
import numpy as np

OUT = Path("Fixtures/jpeg")
y, x = np.mgrid[0:24, 0:32]
COLOURS = np.stack([x * 8, y * 10, (x + y) * 4], 2).astype(np.uint8)
# 0 to 4020, for 12 bits
RAMP = (x * 100 + y * 40).astype(np.uint16)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    files = {
        "lossless_rgb.jpg": imagecodecs.jpeg_encode(COLOURS, lossless=True, colorspace="rgb", outcolorspace="rgb"),
        "lossless_grey.jpg": imagecodecs.jpeg_encode(COLOURS[:, :, 1].copy(), lossless=True),
        "lossless_16.jpg": imagecodecs.jpeg_encode(RAMP * 16, lossless=True, bitspersample=16),
        "twelve_colours.jpg": imagecodecs.jpeg_encode(COLOURS.astype(np.uint16) * 16, level=98, bitspersample=12),
        "twelve_grey.jpg": imagecodecs.jpeg_encode(RAMP, level=98, bitspersample=12),
        "colours.jls": imagecodecs.jpegls_encode(COLOURS),
        "sixteen.jls": imagecodecs.jpegls_encode(RAMP * 16),
    }
    for name, data in files.items():
        (OUT / name).write_bytes(data)


main()

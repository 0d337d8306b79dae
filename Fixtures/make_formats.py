#!/usr/bin/env python3
"""Draws Fixtures/formats: codestreams and animations whose pixels the tests compute by the same formulas.

Needs numpy and pillow, opj_compress (Debian: libopenjp2-tools), webpmux (webp), dcmcjpls and dcmcjpeg (dcmtk). Run from the root
of the repository; the files are committed, so that the tests need none of this.
"""
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

OUT = Path("Fixtures/formats")
WIDTH, HEIGHT = 32, 24
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
RED, GREEN, BLUE, FOURTH = x * 8, y * 10, (x + y) * 4, 255 - x * 4
RAMP = x * 100 + y * 40  # 0 to 4020, for 12 bits


def run(*command):
    subprocess.run([str(c) for c in command], check=True, capture_output=True)


def codestream(name, planes, bits, *options, signed=False, sampling=None):
    kind = np.uint8 if bits <= 8 else ">i2" if signed else ">u2"
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "planes.raw")
        raw.write_bytes(b"".join(np.asarray(plane).astype(kind).tobytes() for plane in planes))
        layout = f"{WIDTH},{HEIGHT},{len(planes)},{bits},{'s' if signed else 'u'}"
        run("opj_compress", "-i", raw, "-o", OUT / name, "-F", layout + (f"@{sampling}" if sampling else ""),
            "-mct", 0, "-n", 3, *options)


def codestreams():
    codestream("one_bit.j2k", [RAMP > 1500], 1)
    codestream("twelve_bits.j2k", [RAMP], 12)
    codestream("twelve_bits_signed.j2k", [RAMP - 2048], 12, signed=True)
    codestream("sixteen_bits.j2k", [RAMP * 16], 16)
    codestream("grey_alpha.j2k", [GREEN, FOURTH], 8)
    codestream("four.j2k", [RED, GREEN, BLUE, FOURTH], 8)
    codestream("tiles.j2k", [RED, GREEN, BLUE], 8, "-d", "5,7", "-T", "3,2", "-t", "12,12")
    rgb = np.stack([RED, GREEN, BLUE]).astype(float)
    luma = np.tensordot([0.299, 0.587, 0.114], rgb, 1)
    chroma = [128 + np.tensordot(row, rgb, 1) for row in ([-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312])]
    codestream("ycc_420.j2k", [luma.round()] + [c.round().clip(0, 255)[::2, ::2] for c in chroma], 8,
               sampling="1x1:2x2:2x2")


def animation():
    """Two frames on a canvas of 32 x 24: a square in the middle, then a half transparent one over a part of it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, colour in (("a", (200, 40, 20, 255)), ("b", (0, 0, 240, 128))):
            Image.new("RGBA", (10, 8), colour).save(Path(folder, name + ".webp"), lossless=True, exact=True)
        # Frames: time, offset, dispose (0: keep), blend. The canvas grows to the last frame's corner.
        corner = Path(folder, "corner.webp")
        Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(corner, lossless=True, exact=True)
        run("webpmux", "-frame", Path(folder, "a.webp"), "+100+8+6+0+b", "-frame", Path(folder, "b.webp"), "+100+14+8+0+b",
            "-frame", corner, "+100+30+22+0+b", "-bgcolor", "255,0,255,0", "-o", OUT / "parts.webp")


def compressed_ramp(name, *command):
    """The codestream of the 12-bit ramp, as a tool of DCMTK compresses it."""
    def element(group, number, kind, value):
        return struct.pack("<HH2sH", group, number, kind, len(value)) + value

    def short(number, value):
        return element(0x28, number, b"US", struct.pack("<H", value))

    meta = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1\0")
    data = RAMP.astype("<u2").tobytes()
    body = element(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0") + element(8, 0x18, b"UI", b"1.2.3\0")
    body += short(2, 1) + element(0x28, 4, b"CS", b"MONOCHROME2 ") + short(0x10, HEIGHT) + short(0x11, WIDTH)
    body += short(0x100, 16) + short(0x101, 12) + short(0x102, 11) + short(0x103, 0)
    body += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, len(data)) + data
    with tempfile.TemporaryDirectory() as folder:
        plain, coded = Path(folder, "plain.dcm"), Path(folder, "coded.dcm")
        plain.write_bytes(bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body)
        run(*command, plain, coded)
        file = coded.read_bytes()
    start, end = file.index(b"\xFF\xD8\xFF"), file.rindex(b"\xFF\xD9") + 2
    (OUT / name).write_bytes(file[start:end])


OUT.mkdir(exist_ok=True)
codestreams()
animation()
compressed_ramp("twelve_bits.jls", "dcmcjpls")
compressed_ramp("twelve_bits_lossless.jpg", "dcmcjpeg", "+e1")
compressed_ramp("twelve_bits_extended.jpg", "dcmcjpeg", "+ee", "+q", "98")

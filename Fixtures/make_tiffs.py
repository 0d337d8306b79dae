#!/usr/bin/env python3
"""Draws Fixtures/tiff: the picture of images/exif_1.png in TIFFs whose compressions the tests do not write themselves.

Needs numpy, pillow, tifffile and imagecodecs. Run from the root of the repository.
"""
import io
import struct
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

OUT = Path("Fixtures/tiff")
PICTURE = Image.open("Fixtures/images/exif_1.png").convert("RGB")
RGB, GREY = np.asarray(PICTURE), np.asarray(PICTURE.convert("L"))


def tagged(fields, data):
    """A little-endian TIFF with one strip; a value "data" is its offset."""
    codes = {3: "H", 4: "I", 5: "II"}
    out = bytearray(b"II*\0\0\0\0\0") + data + b"\0" * (len(data) % 2)
    entries = []
    for tag, (kind, *values) in sorted(fields.items()):
        values = [8 if value == "data" else value for value in values]
        pairs = [(value, 1) if kind == 5 else (value,) for value in values]
        packed = b"".join(struct.pack("<" + codes[kind], *pair) for pair in pairs)
        if len(packed) > 4:
            packed, place = struct.pack("<I", len(out)), packed
            out += place
        entries.append(struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0"))
    struct.pack_into("<I", out, 4, len(out))
    return bytes(out) + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)


def subsampled():
    """YCbCr without compression: 2 x 2 pixels share their colour."""
    ycc = np.asarray(PICTURE.convert("YCbCr"))
    data = bytearray()
    for y in range(0, 32, 2):
        for x in range(0, 48, 2):
            block = ycc[y:y + 2, x:x + 2]
            data += block[..., 0].tobytes() + bytes(int(block[..., c].mean() + 0.5) for c in (1, 2))
    return tagged({256: (4, 48), 257: (4, 32), 258: (3, 8, 8, 8), 259: (3, 1), 262: (3, 6), 273: (4, "data"), 277: (3, 3),
                   278: (4, 32), 279: (4, len(data)), 284: (3, 1), 530: (3, 2, 2),
                   532: (5, 0, 255, 128, 255, 128, 255)}, bytes(data))


def old_jpeg():
    """JPEG in the manner of TIFF 6.0, which was withdrawn: the whole JPEG is the strip."""
    out = io.BytesIO()
    PICTURE.save(out, "JPEG", quality=95)
    data = out.getvalue()
    return tagged({256: (4, 48), 257: (4, 32), 258: (3, 8, 8, 8), 259: (3, 6), 262: (3, 6), 273: (4, "data"), 277: (3, 3),
                   278: (4, 32), 279: (4, len(data)), 512: (3, 1), 513: (4, "data"), 514: (4, len(data)),
                   530: (3, 2, 2)}, data)


def raw(path, make):
    """The layout of a camera's raw file: a thumbnail that is marked as reduced, the sensor's data in a subdirectory."""
    maker = (271, 2, len(make) + 1, make, True)
    pattern = [(33421, 3, 2, (2, 2), True), (33422, 1, 4, (0, 1, 1, 2), True)]
    with tifffile.TiffWriter(path) as file:
        file.write(RGB[::2, ::2], photometric="rgb", subfiletype=1, subifds=1, metadata=None,
                   extratags=[maker, (50706, 1, 4, (1, 4, 0, 0), True)])
        file.write(GREY.astype(np.uint16) * 16, photometric=32803, subfiletype=0, metadata=None, extratags=pattern)


def main():
    OUT.mkdir(exist_ok=True)
    for name, compression, options in [
        ("zstd", "zstd", {}), ("lzma", "lzma", {}), ("lerc", "lerc", {}), ("webp", "webp", {"lossless": True}),
        ("jpeg2000", "jpeg2000", {}),
    ]:
        tifffile.imwrite(OUT / f"{name}.tif", RGB, photometric="rgb", compression=compression, metadata=None,
                         compressionargs=options)
    tifffile.imwrite(OUT / "float_predictor.tif", (RGB / 255).astype(np.float32), photometric="rgb",
                     compression="zlib", predictor=3, tile=(16, 16), metadata=None)
    tifffile.imwrite(OUT / "int16_planar.tif", np.moveaxis(RGB.astype(np.int16) * 128, 2, 0), photometric="rgb",
                     planarconfig="separate", compression="lzw", predictor=2, byteorder=">", metadata=None)
    PICTURE.save(OUT / "jpeg.tif", compression="jpeg", quality=95)
    for name in ["group3", "group4"]:
        PICTURE.convert("1", dither=Image.Dither.NONE).save(OUT / f"{name}.tif", compression=name)
    (OUT / "ycbcr.tif").write_bytes(subsampled())
    (OUT / "old_jpeg.tif").write_bytes(old_jpeg())
    raw(OUT / "raw.nef", "NIKON CORPORATION")


main()

#!/usr/bin/env python3
"""Draws Fixtures/modern: HEIC, AVIF, GIF, animated PNG and JPEG XL files whose pixels the tests compute by the same formulas.

Needs numpy, pillow (13), pillow-heif (1.8) and cjxl (Debian: libjxl-tools). Run from the root of the repository; the
files are committed, so that the tests need none of this.
"""
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import GifImagePlugin, Image

pillow_heif.register_heif_opener()
OUT = Path("Fixtures/modern")
WIDTH, HEIGHT = 64, 48
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
COLOURS = np.stack([x * 4, y * 5, (x + y) * 2], 2).astype(np.uint8)
# Opaque on the left, then half, then nothing.
ALPHA = np.choose(x * 3 // WIDTH, [255, 128, 0]).astype(np.uint8)
PLAIN = Image.fromarray(COLOURS)
TRANSPARENT = Image.fromarray(np.dstack([COLOURS, ALPHA]))
BEST = {"quality": 100, "chroma": 444}


def exif(orientation):
    data = Image.Exif()
    data[0x112] = orientation
    return data.tobytes()


def heif():
    for kind in ("heic", "avif"):
        best = BEST if kind == "heic" else {"quality": 100, "subsampling": "4:4:4"}
        PLAIN.save(OUT / f"plain.{kind}", **best)
        TRANSPARENT.save(OUT / f"alpha.{kind}", **best)
        for orientation in (2, 6):
            PLAIN.save(OUT / f"turned{orientation}.{kind}", exif=exif(orientation), **best)
        PLAIN.convert("L").save(OUT / f"grey.{kind}", **best)
    ten = pillow_heif.from_bytes("RGB;16", PLAIN.size, (COLOURS.astype(np.uint16) * 257).tobytes())
    ten.save(OUT / "ten_bits.heic", **BEST)
    several = pillow_heif.from_pillow(PLAIN)
    several.add_from_pillow(PLAIN.transpose(Image.Transpose.ROTATE_90))
    several.add_from_pillow(PLAIN.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    several.save(OUT / "three.heic", primary_index=1, **BEST)
    thumbnail = pillow_heif.from_pillow(PLAIN)
    thumbnail.info["thumbnails"] = [16]
    thumbnail.save(OUT / "thumbnail.heic", **BEST)


def square(colour, width, height):
    return Image.new("P", (width, height), colour)


def gif():
    """Frames that are parts of the canvas, and leave it, clear their place, or restore it."""
    palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]
    canvas = square(0, WIDTH, HEIGHT)
    canvas.putpalette(palette)
    frames = [
        (square(0, 32, 24), (8, 4), 1),  # red, stays
        (square(1, 16, 16), (16, 8), 2),  # green, its place is cleared
        (square(2, 16, 16), (40, 24), 3),  # blue, what was before it comes back
        (square(3, 8, 8), (0, 40), 1),  # white
    ]
    with open(OUT / "parts.gif", "wb") as file:
        for block in GifImagePlugin.getheader(canvas)[0]:
            file.write(block)
        for picture, offset, disposal in frames:
            picture.putpalette(palette)
            for block in GifImagePlugin.getdata(picture, offset, disposal=disposal, duration=100, interlace=1):
                file.write(block)
        file.write(b";")
    spots = Image.fromarray(((x // 8 + y // 8) % 3).astype(np.uint8), "P")
    spots.putpalette(palette[:9])
    spots.save(OUT / "transparent.gif", transparency=2, interlace=1)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def apng():
    """The frames of the GIF, blended or not; parts.png begins with a frame, aside.png with a picture that is none."""
    red, green, blue, white, clear = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255,) * 4, (0,) * 4

    def filled(colour, width, height, kind):
        rows = np.zeros((height, width, 4), np.uint8)
        rows[:] = colour
        return rows if kind == 6 else np.full((height, width), [red, green, blue, white, clear].index(colour), np.uint8)

    def data(rows):
        return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))

    for name, kind in ("parts.png", 6), ("aside.png", 3):
        first = filled(clear, WIDTH, HEIGHT, kind)
        first[4:28, 8:40] = filled(red, 32, 24, kind)
        frames = [
            (first, 0, 0, 0, 0),
            (filled(green, 16, 16, kind), 16, 8, 1, 0),  # its place is cleared
            (filled(blue, 16, 16, kind), 40, 24, 2, 1),  # what was before it comes back
            (filled(white, 8, 8, kind), 0, 40, 0, 1),
        ]
        number = 0
        with open(OUT / name, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, kind, 0, 0, 0)))
            file.write(chunk(b"acTL", struct.pack(">II", len(frames), 0)))
            if kind == 3:
                file.write(chunk(b"PLTE", bytes(red[:3] + green[:3] + blue[:3] + white[:3] + clear[:3])))
                file.write(chunk(b"tRNS", bytes([255, 255, 255, 255, 0])))
                file.write(chunk(b"IDAT", data(filled(white, WIDTH, HEIGHT, kind))))
            for index, (rows, x, y, disposal, blend) in enumerate(frames):
                size = rows.shape[1], rows.shape[0]
                file.write(chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *size, x, y, 1, 10, disposal, blend)))
                number += 1
                if index == 0 and kind == 6:
                    file.write(chunk(b"IDAT", data(rows)))
                    continue
                compressed = data(rows)
                for part in compressed[:20], compressed[20:]:
                    if part:
                        file.write(chunk(b"fdAT", struct.pack(">I", number) + part))
                        number += 1
            file.write(chunk(b"IEND", b""))


def jpeg_xl():
    with tempfile.TemporaryDirectory() as folder:
        def save(picture, name, *options, **more):
            source = Path(folder, "source.png" if "exif" not in more else "source.jpg")
            picture.save(source, **more)
            subprocess.run(["cjxl", source, OUT / name, *options], check=True, capture_output=True)

        save(PLAIN, "plain.jxl", "-d", "0")
        save(TRANSPARENT, "alpha.jxl", "-d", "0")
        save(PLAIN, "boxes.jxl", "-d", "0", "--container=1")
        save(PLAIN, "turned6.jxl", quality=100, subsampling=0, exif=exif(6))
        save(PLAIN.resize((97, 35)), "odd.jxl", "-d", "0")


OUT.mkdir(exist_ok=True)
heif()
gif()
apng()
jpeg_xl()

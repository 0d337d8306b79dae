#!/usr/bin/env python3
"""Draws Fixtures/raw: files with the containers of cameras' raw files, small, around JPEGs of a known picture.

The picture has a red quarter at the upper left, green right of it, blue below, and white at the lower right; previews
are stored in the sensor's orientation. Needs numpy and pillow. Run from the root of the repository; the files are
committed, so that the tests need none of this.
"""
import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

OUT = Path("Fixtures/raw")
COLOURS = [[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), (255, 255, 255)]]
SENSOR = (1296, 864)
SHORT, LONG, RATIONAL, ASCII, BYTE, UNDEFINED = 3, 4, 5, 2, 1, 7


def picture(width, height, bars=0, orientation=None, quality=60):
    """A JPEG of the quarters, with black bars above and below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    middle = height - 2 * bars
    for row in range(2):
        for column in range(2):
            top, left = bars + row * middle // 2, column * width // 2
            pixels[top : bars + (row + 1) * middle // 2, left : (column + 1) * width // 2] = COLOURS[row][column]
    out = io.BytesIO()
    more = {}
    if orientation:
        exif = Image.Exif()
        exif[0x112] = orientation
        more["exif"] = exif.tobytes()
    Image.fromarray(pixels).save(out, "jpeg", quality=quality, **more)
    return out.getvalue()


class TIFF:
    """Directories and data, linked by names; every reference is to a part that is placed after the directories."""

    def __init__(self, big=False, magic=42):
        self.order = ">" if big else "<"
        self.magic = magic
        self.directories = []

    def add(self, *fields, chained=True):
        """A field is (tag, type, values): values are numbers, bytes, ("at", bytes) for data elsewhere, or ("ifd", n)."""
        self.directories.append((list(fields), chained))
        return len(self.directories) - 1

    def bytes(self, start=8):
        o = self.order
        size = start
        offsets = []
        for fields, _ in self.directories:
            offsets.append(size)
            size += 2 + 12 * len(fields) + 4
        data = b""
        out = b""

        def place(part):
            nonlocal data
            at = size + len(data)
            data += part + b"\0" * (len(part) % 2)
            return at

        chain = [n for n, (_, chained) in enumerate(self.directories) if chained]
        for n, (fields, chained) in enumerate(self.directories):
            out += struct.pack(o + "H", len(fields))
            for tag, kind, values in sorted(fields, key=lambda field: field[0]):
                form = {SHORT: "H", LONG: "I", BYTE: "B"}.get(kind)
                if kind == RATIONAL:
                    count, body = len(values), b"".join(struct.pack(o + "II", v, 1) for v in values)
                elif isinstance(values, bytes):
                    count, body = len(values), values
                elif isinstance(values, tuple) and values[0] == "at":
                    count, body = 1, struct.pack(o + "I", place(values[1]))
                elif isinstance(values, tuple) and values[0] == "ifd":
                    count, body = len(values) - 1, b"".join(struct.pack(o + "I", offsets[v]) for v in values[1:])
                else:
                    values = values if isinstance(values, list) else [values]
                    count, body = len(values), b"".join(struct.pack(o + form, v) for v in values)
                if len(body) > 4:
                    body = struct.pack(o + "I", place(body))
                out += struct.pack(o + "HHI", tag, kind, count) + body.ljust(4, b"\0")
            later = [m for m in chain if m > n]
            out += struct.pack(o + "I", offsets[later[0]] if chained and later else 0)
        head = (b"MM" if o == ">" else b"II") + struct.pack(o + "HI", self.magic, start)
        return head.ljust(start, b"\0") + out + data


def sensor(width, height, data=b"\0" * 64, **more):
    """A directory with the fields of a sensor's data, which are few bytes: nothing decodes them."""
    fields = {256: width, 257: height, 259: 34713, 262: 32803, 254: 0, 277: 1, 279: len(data)}
    fields.update(more)
    return [(tag, LONG, value) for tag, value in fields.items()] + [(273, LONG, ("at", data)), (258, SHORT, 14)]


def jpeg_fields(jpeg):
    return [(513, LONG, ("at", jpeg)), (514, LONG, len(jpeg))]


def nef(orientation=1, preview=None):
    """A thumbnail with bars, subdirectories of the camera's JPEG and of the sensor."""
    tiff = TIFF()
    thumb = b"\x80" * (16 * 12 * 3)
    tiff.add(
        (254, LONG, 1), (256, LONG, 16), (257, LONG, 12), (258, SHORT, [8, 8, 8]), (259, SHORT, 1), (262, SHORT, 2),
        (271, ASCII, b"NIKON CORPORATION\0"), (272, ASCII, b"NIKON D9\0"), (273, LONG, ("at", thumb)),
        (274, SHORT, orientation), (277, SHORT, 3), (278, LONG, 12), (279, LONG, len(thumb)), (330, LONG, ("ifd", 1, 2)),
    )
    preview = preview if preview is not None else picture(1280, 854, orientation=orientation)
    tiff.add((254, LONG, 1), (259, SHORT, 6), *jpeg_fields(preview), chained=False)
    tiff.add(*sensor(*SENSOR), chained=False)
    return tiff.bytes()


def dng(orientation=1, preview=(1024, 683), bars=0, samples=None):
    """The preview is a strip; the crop of the sensor's picture is stated. With `samples`, a real sensor's mosaic."""
    tiff = TIFF(big=True)
    jpeg = picture(*preview, bars=bars)
    tiff.add(
        (254, LONG, 1), (256, LONG, preview[0]), (257, LONG, preview[1]), (258, SHORT, [8, 8, 8]), (259, SHORT, 7),
        (262, SHORT, 6), (271, ASCII, b"Leica Camera AG\0"), (272, ASCII, b"M9\0"), (273, LONG, ("at", jpeg)),
        (274, SHORT, orientation), (277, SHORT, 3), (279, LONG, len(jpeg)), (330, LONG, ("ifd", 1)),
        (50706, BYTE, [1, 4, 0, 0]), (50708, ASCII, b"Leica M9\0"),
        # XYZ to camera: that of sRGB.
        (50721, 10, struct.pack(">" + "ii" * 9, *sum(([round(v * 10000), 10000] for v in [
            3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570]), []))),
        (50778, SHORT, 21), (50728, RATIONAL, [1, 1, 1]),
    )
    width, height = SENSOR
    fields = sensor(width, height)
    crop = [1280, 848]
    if samples is not None:
        height, width = samples.shape
        crop = [width - 16, height - 16]
        fields = [
            (254, LONG, 0), (256, LONG, width), (257, LONG, height), (258, SHORT, 16), (259, SHORT, 1),
            (262, SHORT, 32803), (273, LONG, ("at", samples.astype(">u2").tobytes())), (277, SHORT, 1),
            (278, LONG, height), (279, LONG, samples.size * 2), (33421, SHORT, [2, 2]),
            (33422, BYTE, [0, 1, 1, 2]), (50714, SHORT, 0), (50717, SHORT, 65535),
        ]
    fields += [(50719, RATIONAL, [8, 8]), (50720, RATIONAL, crop)]
    tiff.add(*fields, chained=False)
    out = tiff.bytes()
    # The matrix is of signed fractions, of which the writer knows no count.
    return out.replace(struct.pack(">HHI", 50721, 10, 72), struct.pack(">HHI", 50721, 10, 9))


def mosaic(width, height):
    """Samples of the quarters behind a filter of RGGB, 16 bits."""
    y, x = np.mgrid[0:height, 0:width]
    channel = np.where(y % 2 == 0, np.where(x % 2 == 0, 0, 1), np.where(x % 2 == 0, 1, 2))
    colours = np.array(COLOURS)[(y >= height // 2).astype(int), (x >= width // 2).astype(int)]
    return (np.take_along_axis(colours, channel[..., None], 2)[..., 0] * 200).astype(np.uint16)


def cr2():
    """The camera's JPEG is the strip of the first directory; the sensor's data are a lossless JPEG."""
    tiff = TIFF()
    jpeg = picture(1200, 800)
    lossless = b"\xff\xd8\xff\xc3\0\x0e\x0e" + struct.pack(">HH", 864, 648) + b"\2\1\x11\0\2\x11\0\xff\xd9"
    tiff.add(
        (256, LONG, 1200), (257, LONG, 800), (258, SHORT, [8, 8, 8]), (259, SHORT, 6), (271, ASCII, b"Canon\0"),
        (272, ASCII, b"Canon EOS 1\0"), (273, LONG, ("at", jpeg)), (274, SHORT, 8), (279, LONG, len(jpeg)),
        (34665, LONG, ("ifd", 3)),
    )
    tiff.add(*jpeg_fields(picture(160, 120, bars=7)))
    tiff.add((259, SHORT, 6), (273, LONG, ("at", lossless)), (279, LONG, len(lossless)))
    tiff.add((40962, LONG, 1280), (40963, LONG, 854), chained=False)
    out = bytearray(tiff.bytes(start=16))
    out[8:16] = b"CR\2\0\0\0\0\0"
    return bytes(out)


def arw():
    """The preview is in the first directory; its sensor's is in a subdirectory with Sony's compression."""
    tiff = TIFF()
    tiff.add(
        (254, LONG, 1), (271, ASCII, b"SONY\0"), (272, ASCII, b"ILCE-7\0"), (274, SHORT, 6), (330, LONG, ("ifd", 1)),
        *jpeg_fields(picture(1024, 683)), (259, SHORT, 6), (34665, LONG, ("ifd", 2)),
    )
    tiff.add(*sensor(*SENSOR), chained=False)
    tiff.directories[-1] = ([f if f[0] != 259 else (259, SHORT, 32767) for f in tiff.directories[-1][0]], False)
    tiff.add((40962, LONG, 1280), (40963, LONG, 854), chained=False)
    return tiff.bytes()


def orf():
    """The preview is known to Olympus' own field only, whose offsets count from it."""
    jpeg = picture(1024, 768)
    settings = 12 + 2 + 12 + 4
    at = settings + 2 + 24 + 4
    note = b"OLYMPUS\0II\3\0" + struct.pack("<HHHIII", 1, 0x2020, 13, 1, settings, 0)
    note += struct.pack("<HHHII", 2, 0x101, 4, 1, at) + struct.pack("<HHIII", 0x102, 4, 1, len(jpeg), 0) + jpeg
    tiff = TIFF(magic=0x4F52)
    tiff.add(
        (256, LONG, 1296), (257, LONG, 972), (259, SHORT, 1), (262, SHORT, 1), (271, ASCII, b"OLYMPUS CORPORATION\0"),
        (272, ASCII, b"E-M1\0"), (273, LONG, ("at", b"\0" * 64)), (274, SHORT, 1), (279, LONG, 64),
        (34665, LONG, ("ifd", 1)),
    )
    tiff.add((37500, UNDEFINED, note), (40962, LONG, 1280), (40963, LONG, 960), chained=False)
    return tiff.bytes()


def rw2():
    """Panasonic's numbers in the header, its edges of the picture, and the JPEG as a field."""
    tiff = TIFF(magic=0x55)
    tiff.add(
        (2, SHORT, 1310), (3, SHORT, 990), (4, SHORT, 4), (5, SHORT, 8), (6, SHORT, 964), (7, SHORT, 1288),
        (46, UNDEFINED, picture(1024, 768)), (271, ASCII, b"Panasonic\0"), (272, ASCII, b"DC-G9\0"), (274, SHORT, 3),
        (280, LONG, ("at", b"\0" * 64)),
    )
    return tiff.bytes()


def pef(bars=True):
    """A preview of 640 x 480 with bars, as Pentax' are."""
    tiff = TIFF(big=True)
    tiff.add(*sensor(*SENSOR), (271, ASCII, b"PENTAX Corporation\0"), (272, ASCII, b"PENTAX K10D\0"), (274, SHORT, 1))
    tiff.directories[-1] = ([f if f[0] != 259 else (259, SHORT, 65535) for f in tiff.directories[-1][0]], True)
    tiff.add((259, SHORT, 6), *jpeg_fields(picture(640, 480, bars=27 if bars else 0)))
    return tiff.bytes()


def srw():
    tiff = TIFF()
    tiff.add(
        (271, ASCII, b"SAMSUNG\0"), (272, ASCII, b"NX1\0"), (274, SHORT, 1), (330, LONG, ("ifd", 1, 2)),
        (34665, LONG, ("ifd", 3)),
    )
    tiff.add((259, SHORT, 6), *jpeg_fields(picture(1280, 854)), chained=False)
    tiff.add(*sensor(*SENSOR), chained=False)
    tiff.directories[-1] = ([f if f[0] != 259 else (259, SHORT, 32770) for f in tiff.directories[-1][0]], False)
    tiff.add((40962, LONG, 1280), (40963, LONG, 854), chained=False)
    return tiff.bytes()


def hasselblad():
    """A preview that no field names: it is found by its bytes."""
    tiff = TIFF(big=True)
    tiff.add((271, ASCII, b"Hasselblad\0"), (272, ASCII, b"H3D\0"), (274, SHORT, 1), (330, LONG, ("ifd", 1)))
    tiff.add(*sensor(*SENSOR), chained=False)
    return tiff.bytes() + picture(1280, 854)


def raf():
    jpeg = picture(1280, 854, orientation=8)
    fields = struct.pack(">I", 2) + struct.pack(">HHHH", 0x100, 4, 880, 1310) + struct.pack(">HHHH", 0x111, 4, 856, 1284)
    head = b"FUJIFILMCCD-RAW 0201FF383501X-T9".ljust(84, b"\0")
    start = 148
    directory = start + len(jpeg)
    data = directory + len(fields)
    head += struct.pack(">IIIIII", start, len(jpeg), directory, len(fields), data, 64)
    return head.ljust(start, b"\0") + jpeg + fields + b"\0" * 64


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def cr3():
    first = TIFF()
    first.add((256, SHORT, 1296), (257, SHORT, 864), (271, ASCII, b"Canon\0"), (274, SHORT, 6))
    exif = TIFF()
    exif.add((40962, SHORT, 1280), (40963, SHORT, 854))
    fields = box(b"uuid", bytes.fromhex("85c0b687820f11e08111f4ce462b6a48"),
                 box(b"CMT1", first.bytes()), box(b"CMT2", exif.bytes()))
    preview, full = picture(810, 540), picture(1280, 854)
    ftyp = box(b"ftyp", b"crx \0\0\0\1crx isom")
    small = box(b"uuid", bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16"), b"\0\0\0\0\0\0\0\1",
                box(b"PRVW", b"\0\0\0\0\0\1", struct.pack(">HHHI", 810, 540, 1, len(preview)), preview))

    def movie(at):
        def track(offset, size):
            table = box(b"stbl", box(b"stsz", struct.pack(">III", 0, size, 1)),
                        box(b"co64", struct.pack(">IIQ", 0, 1, offset)))
            return box(b"trak", box(b"mdia", box(b"minf", table)))
        return box(b"moov", fields, track(at, len(full)), track(at + len(full), 64))

    at = len(ftyp) + len(movie(0)) + len(small) + 8
    return ftyp + movie(at) + small + box(b"mdat", full, b"\0" * 64)


def mrw():
    """The preview lacks its first byte, so that nothing is read without LibRaw."""
    tiff = TIFF(big=True)
    tiff.add((271, ASCII, b"Minolta Co., Ltd.\0"), (274, SHORT, 1))
    blocks = b"\0PRD" + struct.pack(">I", 24) + b"21810002" + struct.pack(">HHHH", 864, 1296, 854, 1280) + b"\0" * 8
    stream = tiff.bytes()
    blocks += b"\0TTW" + struct.pack(">I", len(stream)) + stream
    return b"\0MRM" + struct.pack(">I", len(blocks)) + blocks + b"\0" * 64


def x3f():
    jpeg = picture(1280, 854)
    head = (b"FOVb" + struct.pack("<I", 0x20003)).ljust(28, b"\0") + struct.pack("<III", 1280, 854, 270)
    section = b"SECi" + struct.pack("<IIIIII", 0x20000, 2, 18, 1280, 854, 0) + jpeg
    at = len(head)
    listing = b"SECd" + struct.pack("<II", 0x20000, 1) + struct.pack("<II", at, len(section)) + b"IMA2"
    return head + section + listing + struct.pack("<I", at + len(section))


def crw():
    def heap(records):
        data, entries = b"", b""
        for tag, body in records:
            entries += struct.pack("<HII", tag, len(body), len(data))
            data += body
        return data + struct.pack("<H", len(records)) + entries + struct.pack("<I", len(data))

    info = struct.pack("<IIfi", 1280, 854, 1.0, 90)
    return b"II\x1a\0\0\0HEAPCCDR".ljust(26, b"\0") + heap(
        [(0x2007, picture(1280, 854)), (0x300A, heap([(0x1810, info)])), (0x2005, b"\0" * 64)])


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    thumbnail = picture(160, 120, bars=7)
    files = {
        "nikon.nef": nef(), "turned.nef": nef(6), "thumbnail.nef": nef(preview=thumbnail), "leica.dng": dng(8),
        "canon.cr2": cr2(), "sony.arw": arw(), "olympus.orf": orf(), "panasonic.rw2": rw2(), "pentax.pef": pef(),
        "pentax_wide.pef": pef(bars=False), "samsung.srw": srw(), "hasselblad.3fr": hasselblad(), "fuji.raf": raf(),
        "canon.cr3": cr3(), "minolta.mrw": mrw(), "sigma.x3f": x3f(), "canon.crw": crw(),
        # A sensor's data that LibRaw decodes, under a thumbnail.
        "sensor.dng": dng(6, preview=(160, 120), bars=7, samples=mosaic(208, 144)),
    }
    for name, data in files.items():
        (OUT / name).write_bytes(data)


main()

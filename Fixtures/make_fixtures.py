#!/usr/bin/env python3
"""Draws Fixtures/images and Fixtures/damaged.

Needs numpy and pillow, and cjpeg (Debian: libjpeg-turbo-progs). Run from the root of the repository.
The same versions give the same bytes; the files are committed, so that the tests need none of this.
"""
import io
import json
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

IMAGES, DAMAGED = Path("Fixtures/images"), Path("Fixtures/damaged")
expected = {}


def photo(width, height, seed=7):
    """A picture with a photo's spectrum: noise of all sizes, a horizon, some hard edges."""
    random = np.random.default_rng(seed)
    fy, fx = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
    radius = np.maximum(np.hypot(fx, fy), 1 / max(width, height))

    def layer(power):
        spectrum = np.fft.rfft2(random.normal(size=(height, width))) / radius**power
        field = np.fft.irfft2(spectrum, s=(height, width))
        return field / field.std()

    light = 118 + 38 * layer(1.5)
    warm, green = 26 * layer(1.9), 12 * layer(1.9)
    sky = np.linspace(30, -30, height)[:, None]
    rgb = np.stack([light + warm - sky * 0.4, light + green, light - warm + sky], axis=2)
    picture = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([width * 0.55, height * 0.3, width * 0.85, height * 0.75], fill=(230, 60, 40))
    draw.polygon([(width * 0.1, height * 0.9), (width * 0.25, height * 0.4), (width * 0.4, height * 0.9)],
                 fill=(30, 90, 200))
    for i in range(6):
        draw.line([(width * 0.05 + 9 * i, 5), (width * 0.05 + 9 * i, height * 0.25)], fill=(20, 20, 20), width=2)
    return picture


def arrow(width=48, height=32):
    """A picture that no turn or mirror maps to itself."""
    picture = Image.new("RGB", (width, height), (240, 240, 240))
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, 0, width // 3, height // 2], fill=(200, 30, 30))
    draw.rectangle([width // 2, 0, width - 1, height // 4], fill=(30, 160, 40))
    draw.rectangle([0, 3 * height // 4, width // 6, height - 1], fill=(30, 40, 200))
    return picture


def encode(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def cjpeg(picture, *arguments):
    return subprocess.run(["cjpeg", *arguments], input=encode(picture, "PPM"), capture_output=True, check=True).stdout


def image(name, data):
    (IMAGES / name).write_bytes(data)


def damaged(name, data, **result):
    (DAMAGED / name).write_bytes(data)
    expected[name] = result


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "IH", 8, 1) + entry + struct.pack(order + "I", 0)


def with_segment(jpeg, marker, body):
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png, kind, body):
    return png[:33] + chunk(kind, body) + png[33:]


STORED = {  # How the upright picture is stored, by orientation.
    1: lambda p: p,
    2: lambda p: p.transpose(Image.FLIP_LEFT_RIGHT),
    3: lambda p: p.transpose(Image.ROTATE_180),
    4: lambda p: p.transpose(Image.FLIP_TOP_BOTTOM),
    5: lambda p: p.transpose(Image.TRANSPOSE),
    6: lambda p: p.transpose(Image.ROTATE_90),
    7: lambda p: p.transpose(Image.TRANSVERSE),
    8: lambda p: p.transpose(Image.ROTATE_270),
}


def oriented():
    for n, turn in STORED.items():
        stored = turn(arrow())
        image(f"exif_{n}.jpg", with_segment(encode(stored, "JPEG", quality=95, subsampling=0), 0xE1,
                                            b"Exif\0\0" + exif(n, "<" if n % 2 else ">")))
        image(f"exif_{n}.png", with_chunk(encode(stored, "PNG"), b"eXIf", exif(n)))
        image(f"exif_{n}.webp", encode(stored, "WEBP", lossless=True, exif=b"Exif\0\0" + exif(n)))
        image(f"exif_{n}.tif", encode(stored, "TIFF", tiffinfo={274: n}))


def jpegs():
    large, small = photo(500, 375), photo(96, 72)
    image("photo.jpg", encode(large, "JPEG", quality=85, subsampling=2))
    image("photo_progressive.jpg", encode(large, "JPEG", quality=85, subsampling=2, progressive=True))
    image("progressive_444.jpg", encode(small, "JPEG", quality=90, subsampling=0, progressive=True))
    image("sampling_444.jpg", encode(small, "JPEG", quality=90, subsampling=0))
    image("sampling_422.jpg", encode(small, "JPEG", quality=90, subsampling=1))
    for name, sampling in [("440", "1x2"), ("411", "4x1"), ("410", "4x2"), ("311", "3x1"), ("odd", "2x2,1x2,2x1")]:
        image(f"sampling_{name}.jpg", cjpeg(small, "-quality", "90", "-sample", sampling))
    image("arithmetic.jpg", cjpeg(small, "-arithmetic", "-quality", "90"))
    image("restart.jpg", cjpeg(small, "-restart", "1", "-quality", "90"))
    image("grey.jpg", encode(small.convert("L"), "JPEG", quality=90))
    image("cmyk.jpg", encode(small.convert("CMYK"), "JPEG", quality=90))
    image("ycck.jpg", ycck(small))
    image("rgb.jpg", cjpeg(small, "-rgb", "-quality", "90"))
    return large, small


def ycck(picture):
    """Pillow writes CMYK; given the samples of YCCK, only the Adobe segment's last byte is still to be changed."""
    inks = np.asarray(Image.fromarray(255 - np.asarray(picture)).convert("YCbCr"))
    samples = np.concatenate([inks, np.full(inks.shape[:2] + (1,), 255, np.uint8)], axis=2)
    data = bytearray(encode(Image.fromarray(255 - samples, "CMYK"), "JPEG", quality=90, subsampling=0))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def rasters(small):
    image("rgb.png", encode(small, "PNG"))
    image("grey.png", encode(small.convert("L"), "PNG"))
    image("onebit.png", encode(small.convert("1"), "PNG"))
    image("palette.png", encode(small.convert("P", palette=Image.ADAPTIVE, colors=32), "PNG"))
    image("palette_transparent.png",
          encode(small.convert("P", palette=Image.ADAPTIVE, colors=32), "PNG", transparency=3))
    alpha = small.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(small.size))
    image("alpha.png", encode(alpha, "PNG"))
    image("alpha.webp", encode(alpha, "WEBP", lossless=True))
    wide = np.asarray(small.convert("L")).astype(np.uint16) * 257
    image("grey16.png", encode(Image.fromarray(wide), "PNG"))
    image("rgb16.png", rgb16(small))
    frames = [small, small.transpose(Image.FLIP_LEFT_RIGHT), small]
    image("animated.png", encode(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    image("animated.webp", encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    image("lossy.webp", encode(small, "WEBP", quality=90))
    image("lossless.webp", encode(small, "WEBP", lossless=True))
    image("pages.tif", encode(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    for kind in ["tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        image(f"{kind}.tif", encode(small, "TIFF", compression=kind))
    image("rgb.bmp", encode(small, "BMP"))
    image("palette.bmp", encode(small.convert("P", palette=Image.ADAPTIVE, colors=32), "BMP"))
    image("rgb.ppm", encode(small, "PPM"))
    image("grey.pgm", encode(small.convert("L"), "PPM"))
    image("onebit.pbm", encode(small.convert("1"), "PPM"))
    rows = "\n".join(" ".join(map(str, row.reshape(-1))) for row in np.asarray(arrow()))
    image("text.ppm", f"P3\n# drawn\n48 32\n255\n{rows}\n".encode())
    image("lossless.jp2", encode(small, "JPEG2000"))
    image("stream.j2k", encode(small, "JPEG2000", no_jp2=True))


def rgb16(picture):
    samples = (np.asarray(picture).astype(np.uint16) * 257).byteswap().tobytes()
    stride = picture.width * 6
    rows = b"".join(b"\0" + samples[y * stride:(y + 1) * stride] for y in range(picture.height))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 16, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


def many_scans():
    """A sound progressive file of one block and 631 scans: every coefficient alone, a bit at a time."""
    data = b"\xff\xd8\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([1] * 64)
    data += b"\xff\xc2" + struct.pack(">HBHHBBBB", 11, 8, 8, 8, 1, 1, 0x11, 0)
    for kind in [0x00, 0x10]:  # One code of one bit: no difference, end of band.
        data += b"\xff\xc4" + struct.pack(">HB", 20, kind) + bytes([1] + [0] * 15 + [0])
    scan = lambda start, end, high, low: (
        b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, start, end, high << 4 | low) + b"\x7f")
    data += scan(0, 0, 0, 0)
    for k in range(1, 64):
        data += scan(k, k, 0, 9) + b"".join(scan(k, k, low + 1, low) for low in range(8, -1, -1))
    return data + b"\xff\xd9"


def sof(jpeg):
    return next(jpeg.index(bytes([0xFF, m])) for m in (0xC0, 0xC2) if bytes([0xFF, m]) in jpeg)


def patched(data, at, new):
    return data[:at] + new + data[at + len(new):]


def bad_jpegs(large, small):
    sound = encode(small, "JPEG", quality=90)
    big = encode(large, "JPEG", quality=75, subsampling=2)
    progressive = encode(large, "JPEG", quality=75, progressive=True)
    size = sof(sound) + 5
    damaged("cut_half.jpg", big[:len(big) // 2], warnings=True)
    damaged("cut_last.jpg", sound[:-2], warnings=True)
    damaged("cut_header.jpg", sound[:size], code="truncated")
    damaged("cut_first_rows.jpg", sound[:sound.index(b"\xff\xda") + 40], code="truncated")
    damaged("cut_progressive.jpg", progressive[:len(progressive) // 2], warnings=True)
    damaged("cut_progressive_late.jpg", progressive[:len(progressive) - 500], warnings=True)
    damaged("zeros_half.jpg", big[:len(big) // 2] + bytes(len(big) // 2), warnings=True)
    start = sound.index(b"\xff\xda") + 200
    damaged("bits.jpg", patched(sound, start, bytes([0xFF, 0xD9, 0x00, 0xFF, 0x31])), warnings=True)
    damaged("garbage_after.jpg", sound + b"trailer " * 100, ok=True)
    damaged("tables_only.jpg", sound[:sof(sound)] + b"\xff\xd9", code="corrupt")
    damaged("zero_size.jpg", patched(sound, size, b"\0\0\0\0"), code="corrupt")
    damaged("twelve_bit.jpg", patched(sound, size - 1, b"\x0c"), code="unsupported")
    damaged("lossless.jpg", patched(sound, sof(sound) + 1, b"\xc3"), code="corrupt")
    damaged("bomb.jpg", patched(sound, size, struct.pack(">HH", 20000, 20000)), code="too_many_pixels")
    damaged("many_scans.jpg", many_scans(), code="too_many_scans")
    loop = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    damaged("exif_loop.jpg", with_segment(sound, 0xE1, b"Exif\0\0" + loop), ok=True)
    huge = b"II*\0" + struct.pack("<IH", 8, 65535) + bytes(2000)
    damaged("exif_huge.jpg", with_segment(sound, 0xE1, b"Exif\0\0" + huge), ok=True)
    damaged("exif_outside.jpg", with_segment(sound, 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"), ok=True)
    damaged("no_more.jpg", b"\xff\xd8\xff", code="truncated")
    damaged("empty.jpg", b"", code="empty")
    damaged("zeros.jpg", bytes(1000), code="unknown_format")
    damaged("text.jpg", b"Not Found\n", code="unknown_format")
    damaged("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", code="unknown_format")
    damaged("bm_text.bmp", b"BM is how some texts begin, and P6 others.\n" * 3, code="unknown_format")
    damaged("p6_text.ppm", b"P6 is a bus line in a town of 12 000 people.\n" * 3, code="unknown_format")
    damaged("png_inside.jpg", encode(small, "PNG"), ok=True)


def bad_rasters(small):
    png = encode(small, "PNG")
    data = png.index(b"IDAT")
    damaged("cut_half.png", png[:len(png) // 2], warnings=True)
    damaged("cut_end.png", png[:-12], warnings=True)
    damaged("bits.png", patched(png, data + 100, b"\x55\xaa\x55"), code="corrupt")
    damaged("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""), code="too_many_pixels")
    inflated = zlib.compress(bytes(20 << 20), 9)
    damaged("profile_bomb.png", with_chunk(png, b"iCCP", b"icc\0\0" + inflated), ok=True)
    damaged("text_bomb.png", with_chunk(png, b"zTXt", b"Comment\0\0" + inflated), ok=True)
    damaged("no_data.png", png[:33] + chunk(b"IEND", b""), code="corrupt")
    damaged("zero_size.png", png[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)) + png[33:],
            code="corrupt")
    webp = encode(small, "WEBP", quality=80)
    damaged("cut_half.webp", webp[:len(webp) // 2], code="truncated")
    damaged("cut_data.webp", patched(webp, 4, struct.pack("<I", len(webp) - 8))[:len(webp) - 200], code="truncated")
    tiff = encode(small, "TIFF")
    damaged("cut_half.tif", encode(small, "TIFF", compression="tiff_lzw")[:2000], code="truncated")
    damaged("no_directory.tif", b"II*\0" + struct.pack("<I", 100000) + bytes(100), code="truncated")
    at = tiff.index(struct.pack("<HHI", 256, 4, 1)) + 8
    damaged("bomb.tif", patched(patched(tiff, at, struct.pack("<I", 60000)), at + 12, struct.pack("<I", 60000)),
            code="too_many_pixels")
    damaged("loop.tif", looping(tiff), ok=True)
    bmp = encode(small, "BMP")
    damaged("cut_half.bmp", bmp[:len(bmp) // 2], code="truncated")
    ppm = encode(small, "PPM")
    damaged("cut_half.ppm", ppm[:len(ppm) // 2], code="truncated")
    damaged("bomb.ppm", b"P6\n40000 40000\n255\n" + bytes(100), code="too_many_pixels")
    stream = encode(small, "JPEG2000", no_jp2=True)
    damaged("cut_late.j2k", stream[:len(stream) - 60], broken=True)
    damaged("cut_header.j2k", stream[:20], code="truncated")
    damaged("still.gif", encode(small.convert("P"), "GIF"), ok=True)
    damaged("head.avif", struct.pack(">I", 28) + b"ftypavif\0\0\0\0avifmif1miaf" + bytes(64), code="truncated")
    damaged("head.heic", struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(64), code="truncated")
    damaged("drawing.svg", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', code="unsupported")


def looping(tiff):
    """The file with its first directory named as the next one."""
    first = struct.unpack_from("<I", tiff, 4)[0]
    count = struct.unpack_from("<H", tiff, first)[0]
    return patched(tiff, first + 2 + 12 * count, struct.pack("<I", first))


def main():
    for folder in (IMAGES, DAMAGED):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    oriented()
    large, small = jpegs()
    rasters(small)
    bad_jpegs(large, small)
    bad_rasters(small)
    # "broken": a failure or a warning, which of them is the decoder's choice.
    (DAMAGED / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


main()

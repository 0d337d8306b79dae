#!/usr/bin/env python3
"""Draw bar codes and matrix codes into codes/, the same bytes every time.

    make_codes.py

Needs Pillow 10, numpy and zxing-cpp 3.1 (pip), whose encoder is zint's.
"""
import pathlib

import numpy
import zxingcpp
from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "codes"
KIND = zxingcpp.BarcodeFormat


def modules(content, kind):
    """The code as black and white modules, a pixel each; bars are half as high as long."""
    picture = numpy.array(zxingcpp.create_barcode(content, kind).to_image(scale=1))
    picture = numpy.where(picture > 127, 255, 0).astype(numpy.uint8)
    dark = numpy.argwhere(picture == 0)
    (top, left), (bottom, right) = dark.min(0), dark.max(0) + 1
    picture = picture[top:bottom, left:right]
    if kind not in (KIND.QRCode, KIND.DataMatrix, KIND.Aztec, KIND.PDF417):
        row = picture[picture.shape[0] // 3]
        picture = numpy.repeat(row[None], max(24, row.size // 2), 0)
    return Image.fromarray(picture)


def paper(width, height):
    return Image.new("L", (width, height), 240)


def paste(page, content, kind, scale, x, y, degrees=0, inverted=False):
    """With a quiet zone of ten modules; (x, y) is the middle."""
    code = modules(content, kind)
    label = Image.new("L", (code.width + 20, code.height + 20), 255)
    label.paste(code, (10, 10))
    if inverted:
        label = label.point(lambda sample: 255 - sample)
    label = label.resize((label.width * 8, label.height * 8), Image.NEAREST)
    mask = Image.new("L", label.size, 255)
    label, mask = (each.rotate(degrees, Image.BICUBIC, expand=True) for each in (label, mask))
    size = (round(label.width * scale / 8), round(label.height * scale / 8))
    label, mask = (each.resize(size, Image.BOX) for each in (label, mask))
    page.paste(label, (x - size[0] // 2, y - size[1] // 2), mask)


def one(name, content, kind, scale=2, **how):
    code = modules(content, kind)
    side = round((code.width ** 2 + code.height ** 2) ** 0.5 * scale) + 60
    size = (side, side) if how.get("degrees") else (round((code.width + 30) * scale), round((code.height + 30) * scale))
    page = paper(*size)
    paste(page, content, kind, scale, size[0] // 2, size[1] // 2, **how)
    page.save(FOLDER / f"{name}.png", optimize=True)


def main():
    FOLDER.mkdir(exist_ok=True)
    one("ean13", "4006381333931", KIND.EAN13)
    one("isbn", "9783161484100", KIND.EAN13)
    one("music", "9790060115615", KIND.EAN13)
    one("ean8", "96385074", KIND.EAN8)
    one("upca", "036000291452", KIND.UPCA)
    one("code128", "LOC-20417", KIND.Code128)
    one("code39", "B0012345", KIND.Code39)
    one("itf", "30012345678906", KIND.ITF)
    one("qr", "https://example.org/käse", KIND.QRCode, 4)
    one("qr_isbn10", "ISBN 0-306-40615-2", KIND.QRCode, 4)
    one("qr_binary", bytes([0, 255, 128, 1, 254, 200, 10, 34, 250, 251]), KIND.QRCode, 4)
    one("qr_control", 'a"b\\c\n\x01\t</x>', KIND.QRCode, 4)
    one("datamatrix", "https://example.org/datamatrix", KIND.DataMatrix, 4)
    one("aztec", "https://example.org/aztec", KIND.Aztec, 4)
    one("pdf417", "https://example.org/pdf417", KIND.PDF417, 2)
    one("rotated_isbn", "9783161484100", KIND.EAN13, 2, degrees=45)
    one("rotated_qr", "https://example.org/turned", KIND.QRCode, 4, degrees=33)
    one("inverted_qr", "https://example.org/inverted", KIND.QRCode, 4, inverted=True)
    page = paper(700, 520)
    paste(page, "9783161484100", KIND.EAN13, 2, 160, 120)
    paste(page, "https://example.org/one", KIND.QRCode, 3, 520, 130)
    paste(page, "LOC-20417", KIND.Code128, 1.5, 160, 390)
    paste(page, "LOC-20417", KIND.Code128, 1.5, 520, 390)
    page.save(FOLDER / "several.png", optimize=True)
    page = paper(4000, 3000)
    paste(page, "9783161484100", KIND.EAN13, 2, 3200, 2400)
    page.save(FOLDER / "small.png", optimize=True)
    paper(200, 150).save(FOLDER / "none.png", optimize=True)


main()

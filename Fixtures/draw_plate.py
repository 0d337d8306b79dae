#!/usr/bin/env python3
"""Draw a car's rear with a Chinese number plate, slightly turned: no photo with such a plate is in a package.

    draw_plate.py FONT OUT.jpg TEXT [DEGREES [WIDTH]]

FONT is one with Chinese letters, such as Debian's fonts-wqy-microhei. Needs Pillow.
With WIDTH the plate is so many pixels wide in a picture of 1024x768 that shows a part of the car.
"""
import sys

import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont


def plate(text, font):
    """A blue plate of 440 x 140 millimetres (GA 36-2018), a pixel a millimetre."""
    image = Image.new("RGBA", (440, 140), (20, 60, 165, 255))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((4, 4, 435, 135), 10, outline="white", width=3)
    for place, letter in enumerate(text):
        left = 15.5 + place * 57 + (22 if place > 1 else 0)
        box = font.getbbox(letter)
        glyph = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(glyph).text((-box[0], -box[1]), letter, 255, font)
        glyph = glyph.resize((45 if letter != "1" else 14, 90))
        image.paste("white", (int(left) + (0 if letter != "1" else 15), 25), glyph)
    draw.ellipse((130, 65, 140, 75), fill="white")
    return image


def main():
    font, out, text, degrees = sys.argv[1], sys.argv[2], sys.argv[3], float((sys.argv + ["3"])[4])
    random.seed(1)
    width = int((sys.argv + ["176"])[5]) if len(sys.argv) > 5 else 176
    size = (640, 480) if width == 176 else (1024, 768)
    scale = width / 176
    # The plate's middle is (320, 293) of a picture of 640x480.
    left, top = ((0, 0) if width == 176 else (size[0] / 2 - 320 * scale, size[1] * 0.6 - 293 * scale))
    car = Image.new("RGB", size, (118, 124, 130))
    draw = ImageDraw.Draw(car)

    def scaled(*box):
        return tuple(side * scale + (left, top)[place % 2] for place, side in enumerate(box))

    draw.rectangle(scaled(0, 380, 640, 480), fill=(70, 70, 72))
    draw.rounded_rectangle(scaled(70, 90, 570, 400), 40 * scale, fill=(150, 20, 25))
    draw.rounded_rectangle(scaled(140, 110, 500, 210), 30 * scale, fill=(35, 42, 52))
    draw.rectangle(scaled(85, 240, 165, 285), fill=(230, 60, 40))
    draw.rectangle(scaled(475, 240, 555, 285), fill=(230, 60, 40))
    draw.rounded_rectangle(scaled(75, 345, 565, 400), 12 * scale, fill=(40, 40, 42))
    small = plate(text, ImageFont.truetype(font, 120)).resize((width, round(56 * scale)), Image.LANCZOS)
    small = small.rotate(degrees, Image.BICUBIC, expand=True)
    x, y = scaled(320, 293)
    car.paste(small, (int(x) - small.width // 2, int(y) - small.height // 2), small)
    car = car.filter(ImageFilter.GaussianBlur(0.7))
    noise = Image.effect_noise(car.size, 12).convert("RGB")
    Image.blend(car, noise, 0.06).save(out, quality=88)


main()

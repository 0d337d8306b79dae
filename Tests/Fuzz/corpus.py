"""Seeds for the fuzz targets, from the fixtures and from small files made here.

    corpus.py FIXTURES OUT
"""
import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib

MAX_BYTES = 64 << 10


def write(folder: pathlib.Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if len(data) <= MAX_BYTES:
        (folder / name).write_bytes(data)


def archives(images: list[pathlib.Path]):
    """A tar and a zip of the smallest images, with a folder and a name that is not ASCII."""
    chosen = sorted(images, key=lambda path: path.stat().st_size)[:4]
    tar_bytes, zip_bytes = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w") as archive:
        for path in chosen:
            archive.add(path, arcname=f"a/{path.name}")
    with zipfile.ZipFile(zip_bytes, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in chosen:
            archive.write(path, arcname=f"ü/{path.name}")
    return {"seed.tar": tar_bytes.getvalue(), "seed.zip": zip_bytes.getvalue()}


def varint(value: int) -> bytes:
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def masked_crc32c(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def tfrecords(images: list[pathlib.Path]):
    """Examples with the smallest images, with samples and with lists; alone, and in files, one of them compressed."""
    chosen = [path.read_bytes() for path in sorted(images, key=lambda path: path.stat().st_size)[:3]]

    def entry(name: str, value: bytes) -> bytes:
        return field(1, field(1, name.encode()) + field(2, value))

    def of_bytes(*values: bytes) -> bytes:
        return field(1, b"".join(field(1, value) for value in values))

    def numbers(*values: int) -> bytes:
        return field(3, field(1, b"".join(varint(value) for value in values)))

    examples = [
        field(1, entry("image/encoded", of_bytes(chosen[0])) + entry("image/filename", of_bytes(b"a.jpg"))),
        field(1, entry("image_raw", of_bytes(bytes(12))) + entry("height", numbers(2)) + entry("width", numbers(2))),
        field(1, entry("left", of_bytes(chosen[0], chosen[1])) + entry("shape", numbers(2, 2, 3))),
        field(1, b"") + field(2, field(1, field(1, b"frames") + field(2, field(1, of_bytes(chosen[2])) * 2))),
    ]

    def record(data: bytes) -> bytes:
        length = len(data).to_bytes(8, "little")
        return length + masked_crc32c(length) + data + masked_crc32c(data)

    whole = b"".join(record(example) for example in examples + chosen[:1])
    return {f"example{n}": data for n, data in enumerate(examples)} | {
        "plain.tfrecord": whole, "gzip.tfrecord": gzip.compress(whole), "zlib.tfrecord": zlib.compress(whole),
    }


def streams(images: list[pathlib.Path]):
    """The smallest images one after another, and lists in several encodings."""
    chosen = sorted(images, key=lambda path: path.stat().st_size)[:12]
    text = "a/ü.jpg\r\nb.png\n"
    return {
        "images": b"".join(path.read_bytes() for path in chosen), "utf8": text.encode("utf-8-sig"),
        "utf16": text.encode("utf-16"), "nul": text.replace("\r\n", "\0").replace("\n", "\0").encode(),
    } | {path.name: path.read_bytes() for path in chosen}


def records():
    facts = {"format": "jpeg", "width": 640, "height": 480, "orientation": 1}
    detection = {
        "label": "face", "score": 0.9, "box": [1, 2, 3, 4], "landmarks": [[1, 2], [3, 4]],
        "identity": "ada", "distance": 0.3,
    }
    for name, findings in {
        "labels": [{"label": "tabby", "id": 281, "score": 0.93}],
        "detections": [detection],
        "text": [{"text": "a\u0301b", "score": 1, "quad": [[0, 0], [1, 0], [1, 1], [0, 1]]}],
        "measures": {"sharpness": 12.5},
        "empty": [],
    }.items():
        answer = {"model": "m@1"} | facts | {"warnings": ["w"], "findings": findings}
        yield name, json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


def sidecars():
    dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    regions = (
        '<mwg-rs:Regions xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
        'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
        '<rdf:li><rdf:Description mwg-rs:Name="Ada" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" '
        'stArea:w="0.1" stArea:h="0.1"/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
    )
    written = (
        '<imgrec:Written xmlns:imgrec="urn:imgrec:xmp:1.0/"><rdf:Bag><rdf:li>classify dc:subject cat</rdf:li></rdf:Bag>'
        "</imgrec:Written>"
    )
    for name, content in {
        "empty": "", "attribute": f'<rdf:Description {dc} dc:subject="sea" dc:title="&lt;"/>',
        "list": f"<rdf:Description {dc}>\n<dc:subject><rdf:Bag><rdf:li>cat</rdf:li></rdf:Bag></dc:subject>{written}"
        "</rdf:Description>",
        "regions": f"<!-- c --><rdf:Description rdf:about='x'>{regions}</rdf:Description>",
    }.items():
        yield f"{name}.xmp", (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f"{content}</rdf:RDF></x:xmpmeta>"
        ).encode()


def exif():
    """A block with every field that is read, in small files of several containers, and an XMP packet."""
    def entry(tag, kind, count, value):
        return struct.pack("<HHI", tag, kind, count) + (value + b"\0\0\0\0")[:4]

    def directory(entries):
        return struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)

    texts = b"2024:05:01 12:30:11\0+02:00\0Acme 50mm F1.8\0Acme Corp.\0"
    degrees = struct.pack("<12I", 33, 1, 51, 1, 2520, 100, 70, 1, 30, 1, 0, 1) + struct.pack("<10I", 125, 10, *[18, 1] * 4)
    start, offset = 8 + len(texts), lambda text: struct.pack("<I", 8 + texts.index(text))
    main_at = start + len(degrees)
    exif_at, gps_at = main_at + 2 + 4 * 12 + 4, main_at + 2 * (2 + 4 * 12 + 4)
    fraction = lambda number: struct.pack("<I", start + 8 * number)
    block = b"II*\0" + struct.pack("<I", main_at) + texts + degrees
    block += directory([
        entry(0x010F, 2, 11, offset(b"Acme C")), entry(0x0110, 2, 4, b"Z 3\0"),
        entry(0x8769, 4, 1, struct.pack("<I", exif_at)), entry(0x8825, 4, 1, struct.pack("<I", gps_at)),
    ])
    block += directory([
        entry(0x9003, 2, 20, offset(b"2024")), entry(0x9011, 2, 7, offset(b"+02")), entry(0xA432, 5, 4, fraction(7)),
        entry(0xA434, 2, 15, offset(b"Acme 5")),
    ])
    block += directory([
        entry(1, 2, 2, b"S\0"), entry(2, 5, 3, fraction(0)), entry(3, 2, 2, b"W\0"), entry(4, 5, 3, fraction(3)),
        entry(5, 1, 1, b"\1"), entry(6, 5, 1, fraction(6)),
    ])

    def box(kind, body):
        return struct.pack(">I", len(body) + 8) + kind + body

    prefixed = b"Exif\0\0" + block
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(prefixed) + 2) + prefixed + b"\xff\xd9"
    item = box(b"iinf", bytes(4) + b"\0\1" + box(b"infe", b"\2\0\0\0\0\1\0\0Exif\0"))
    data = bytes(4) + block
    place = box(b"iloc", b"\1\0\0\0\x44\0\0\1\0\1\0\1\0\0\0\1" + struct.pack(">II", 0, len(data)))
    heif = box(b"ftyp", b"heicmif1") + box(b"meta", bytes(4) + item + place + box(b"idat", data))
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    packet = (
        b'<r:D exif:DateTimeOriginal="2019-03-04T05:06:07-08:00" tiff:Model="A &amp; B" exif:GPSLatitude="46,30.6N"'
        b' exif:GPSLongitude="7,15,36W" exif:GPSAltitude="25/10"/>'
    )
    text = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n  %d\n" % len(prefixed) + prefixed.hex().encode())
    return {
        "block": block, "jpeg": jpeg, "heif": heif, "webp": b"RIFF\0\0\0\0WEBPEXIF" + struct.pack("<I", len(block)) + block,
        "cr3": box(b"ftyp", b"crx ") + box(b"moov", box(b"uuid", canon + box(b"CMT1", block) + box(b"CMT4", block))),
        "jxl": box(b"JXL ", b"\r\n\x87\n") + box(b"Exif", data), "raf": b"FUJIFILMCCD-RAW ".ljust(84, b"\0")
        + struct.pack(">II", 92, len(jpeg)) + jpeg, "mrw": b"\0MRM" + struct.pack(">I", len(block) + 8) + b"\0TTW"
        + struct.pack(">I", len(block)) + block,
        "png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(text)) + b"zTXt" + text + bytes(4),
        "xmp": b"\xff\xd8\xff\xe1" + struct.pack(">H", len(packet) + 31) + b"http://ns.adobe.com/xap/1.0/\0" + packet,
    }


def main() -> None:
    fixtures, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    images = [p for f in ("images", "damaged", "plates", "tiff") for p in sorted((fixtures / f).glob("*")) if p.is_file()]
    for path in images:
        for target in ("decode", "picture", "anonymise"):
            write(out / target, path.name, path.read_bytes())
    for name, data in archives(images).items():
        write(out / "archive", name, data)
    for name, data in tfrecords(images).items():
        write(out / "tfrecord", name, data)
    for path in sorted((fixtures / "lmdb").glob("*.lmdb")):
        write(out / "lmdb", path.name, path.read_bytes())
    for name, data in streams(images).items():
        write(out / "stream", name, data)
    for number, pattern in enumerate(("*.{jpg,png}", "{a/b,c}/**", "[!a-z]?x", "\\{*")):
        write(out / "glob", str(number), pattern.encode())
    zoo = json.loads((fixtures.parent / "Sources/ModelLibrary/zoo.json").read_text())
    cards = zoo["models"] if isinstance(zoo, dict) else zoo
    for number, card in enumerate(cards if isinstance(cards, list) else cards.values()):
        write(out / "card", f"{number}.json", json.dumps(card).encode())
    for name, data in exif().items():
        write(out / "exif", name, data)
        write(out / "anonymise", name, data)
    for name, data in sidecars():
        write(out / "sidecar", name, data)
    for name, data in records():
        write(out / "record", name, data)
    for path in sorted((fixtures / "models").glob("*")):
        if path.suffix in (".onnx", ".pb"):
            write(out / "network", path.name, path.read_bytes())
        if path.suffix == ".json":
            write(out / "card", path.name, path.read_bytes())


if __name__ == "__main__":
    main()

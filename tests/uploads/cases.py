"""Pictures of every kind that is read, and what an enemy or a bad card makes of them."""

import struct
import zlib

import cv2
import numpy as np

SIZE = (48, 64)


def make_sound():
    """A whole picture of each kind, by name."""
    rng = np.random.default_rng(3)
    colour = cv2.GaussianBlur(rng.integers(0, 256, (*SIZE, 3), np.uint8), (5, 5), 0)
    grey, deep = colour[..., 0], colour.astype(np.uint16) * 257
    # fmt: off
    wanted = {
        "baseline.jpg": (".jpg", colour, []),
        "progressive.jpg": (".jpg", colour, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 2]),
        "grey.jpg": (".jpg", grey, []),
        "colour.png": (".png", colour, []),
        "grey.png": (".png", grey, []),
        "deep.png": (".png", deep, []),
        "alpha.png": (".png", cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA), []),
        "lzw.tif": (".tiff", colour, [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
        "plain.tif": (".tiff", colour, [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
        "deflate.tif": (".tiff", deep, [cv2.IMWRITE_TIFF_COMPRESSION, 8]),
        "colour.bmp": (".bmp", colour, []),
        "grey.bmp": (".bmp", grey, []),
    }
    # fmt: on
    return {name: cv2.imencode(kind, image, options)[1].tobytes() for name, (kind, image, options) in wanted.items()}


def make_png(width, height, rows=b"", name=b"IHDR"):
    """A PNG that claims this size, with valid checksums, and holds little."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(name, head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def make_hostile():
    """Files that are refused, by what they are; what follows the name is part of the sentence that refuses."""
    sound = make_sound()
    jpeg, tiff, bmp = sound["baseline.jpg"], sound["plain.tif"], sound["colour.bmp"]
    bomb = zlib.compress(b"\0" * 30_000_000, 9)
    start = jpeg.index(b"\xff\xc0") + 5
    return {
        "bomb in pixels": (make_png(60_000, 60_000), "pixels"),
        "bomb in millions": (make_png(16_000, 16_000, b"\0" * 10_000), "million"),
        "header of another size": (make_png(4000, 4000, b""), "damaged"),
        "huge jpeg": (jpeg[:start] + b"\xff\xff\xff\xff" + jpeg[start + 4 :], "pixels"),
        "huge bmp": (bmp[:18] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + bmp[26:], "end is missing"),
        "tiny": (cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes(), "8 x 8"),
        "no header": (make_png(64, 64, name=b"tEXt"), "one header"),
        "empty": (b"", "empty"),
        "gif": (b"GIF89a" + bytes(100), "not a picture"),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a picture"),
        "zip": (b"PK\3\4" + bytes(100), "not a picture"),
        "compressed zeros": (bomb, "not a picture"),
        "script": (b"#!/bin/sh\nrm -rf /\n", "not a picture"),
        "webp": (b"RIFF\x00\x01\x00\x00WEBPVP8 " + bytes(100), "not a picture"),
        "two pictures": (_add_second_page(tiff), "several pictures"),
        "large": (jpeg + bytes(33 * 1024 * 1024), "MB at most"),
        "cut jpeg": (jpeg[: len(jpeg) // 2], "end is missing"),
        "cut png": (sound["colour.png"][:-5], "cut or damaged"),
        "cut tiff": (tiff[: len(tiff) // 2], "expected"),
        "cut bmp": (bmp[:-100], "end is missing"),
    }


def _add_second_page(tiff):
    order = "<" if tiff[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    end = at + 2 + 12 * count
    return tiff[:end] + struct.pack(f"{order}I", at) + tiff[end + 4 :]


def mutate(content, rng):
    """Change a file as cards, cables and enemies do: bytes, blocks, lengths, cuts, repetitions."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(0, max(1, len(data))))
        head = int(rng.integers(0, min(len(data), 120)) if data else 0)
        match int(rng.integers(0, 8)):
            case 0:
                data[at : at + 1] = bytes([int(rng.integers(0, 256))])
            case 1:
                data[head : head + 1] = bytes([int(rng.integers(0, 256))])
            case 2:
                data[head : head + 4] = struct.pack("<I", int(rng.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])))
            case 3:
                del data[at:]
            case 4:
                data[at:at] = data[head : head + 64]
            case 5:
                del data[at : at + int(rng.integers(1, 64))]
            case 6:
                data[at : at + 32] = rng.bytes(32)
            case _:
                data += rng.bytes(64)
    return bytes(data)


def repair_png(content):
    """Put right checksums into a changed PNG, as an enemy would: else no change comes past them."""
    data, at = bytearray(content), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        struct.pack_into(">I", data, at + 8 + length, zlib.crc32(data[at + 4 : at + 8 + length]))
        at += 12 + length
    return bytes(data)

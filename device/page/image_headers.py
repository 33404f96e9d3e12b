"""What the header of an image file says, read before anything is decoded: kind, size, and whether the file is whole.

Only what a microscope's still picture needs is understood. Sources: ITU-T T.81 annex B (JPEG), the PNG specification
sections 5 and 11, TIFF 6.0 section 2, and the BITMAPINFOHEADER of BMP.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from contract.failures import Refusal

Kind = Literal["JPEG", "PNG", "TIFF", "BMP"]

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended and progressive: what decoders of every system read
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4}
_WIDTH, _LENGTH, _OFFSETS, _ROWS, _COUNTS, _TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_COUNTS = (
    256,
    257,
    273,
    278,
    279,
    322,
    323,
    324,
    325,
)
_MOST_PARTS = 1 << 16


class HeaderError(Refusal):
    """An uploaded file is no picture that is read here, or not the whole of one. Save it as PNG or JPEG again."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file claims to hold.

    Attributes:
        kind: of file, by its first bytes; its name says nothing.
        width: pixels.
        height: pixels.
    """

    kind: Kind
    width: int
    height: int


def read_header(content: bytes) -> Header:
    """Read kind and size.

    Args:
        content: the whole file.

    Returns:
        What it claims.

    Raises:
        HeaderError: another kind of file, a damaged header, or a part of a file.
    """
    try:
        if content.startswith(b"\xff\xd8"):
            return _read_jpeg(content)
        if content.startswith(_PNG):
            return _read_png(content)
        if content[:4] in (b"II*\0", b"MM\0*"):
            return _read_tiff(content)
        if content.startswith(b"BM"):
            return _read_bmp(content)
    except (struct.error, IndexError) as error:
        raise HeaderError("the file is cut or damaged (expected a whole JPEG, PNG, TIFF or BMP)") from error
    raise HeaderError("not a picture that is read here (expected a JPEG, PNG, TIFF or BMP)")


def _read_jpeg(content: bytes) -> Header:
    found, at = None, 2
    while True:
        if content[at] != 0xFF:
            raise HeaderError("JPEG: damaged (expected a marker)")
        marker = content[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xDA:
            break
        if marker in _FRAMES:
            if found:
                raise HeaderError("JPEG: two pictures in one (expected one)")
            height, width = struct.unpack_from(">HH", content, at + 5)
            found = Header("JPEG", width, height)
        at += 2 + max(2, struct.unpack_from(">H", content, at + 2)[0])
    if found is None:
        raise HeaderError("JPEG: of an uncommon kind (expected baseline or progressive)")
    if content.find(b"\xff\xd9", at) < 0:  # within a scan no such pair occurs by chance
        raise HeaderError("JPEG: the end is missing (expected a whole file)")
    return found


def _read_png(content: bytes) -> Header:
    """Walk through every chunk: each carries a checksum, so a cut or altered file is known."""
    found, at = None, len(_PNG)
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        (told,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(content[at + 4 : at + 8 + length]) != told:
            raise HeaderError("PNG: damaged (expected the checksum that is written in it)")
        if (name == b"IHDR") == (found is not None):
            raise HeaderError("PNG: damaged (expected one header at the beginning)")
        if name == b"IHDR":
            width, height = struct.unpack_from(">II", content, at + 8)
            found = Header("PNG", width, height)
        if name == b"acTL":
            raise HeaderError("PNG: an animation (expected a still picture)")
        at += 12 + length
        if name == b"IEND":
            assert found is not None, "the first chunk was the header"
            return found


def _read_tiff(content: bytes) -> Header:
    order = "<" if content[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, at)
    tags = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(f"{order}HHI", content, entry)
        if tag in (_WIDTH, _LENGTH, _OFFSETS, _ROWS, _COUNTS, _TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_COUNTS):
            tags[tag] = _read_values(content, order, kind, values, entry + 8)
    (following,) = struct.unpack_from(f"{order}I", content, at + 2 + 12 * count)
    if following:
        raise HeaderError("TIFF: several pictures in one file (expected one)")
    if _WIDTH not in tags or _LENGTH not in tags:
        raise HeaderError("TIFF: damaged (expected width and length)")
    width, height = tags[_WIDTH][0], tags[_LENGTH][0]
    if tags.get(_TILE_WIDTH, (0,))[0] > 2 * max(width, 256) or tags.get(_TILE_LENGTH, (0,))[0] > 2 * max(height, 256):
        raise HeaderError("TIFF: tiles larger than the picture (expected smaller ones)")
    _check_parts(content, tags)
    return Header("TIFF", width, height)


def _read_values(content: bytes, order: str, kind: int, count: int, at: int) -> tuple[int, ...]:
    size = _TIFF_SIZES.get(kind, 0)
    if not size or not 0 < count <= _MOST_PARTS:
        raise HeaderError("TIFF: damaged (expected whole numbers)")
    if size * count > 4:
        (at,) = struct.unpack_from(f"{order}I", content, at)
    return struct.unpack_from(f"{order}{count}{'BBHI'[kind - 1]}", content, at)


def _check_parts(content: bytes, tags: dict[int, tuple[int, ...]]) -> None:
    offsets = tags.get(_OFFSETS) or tags.get(_TILES)
    counts = tags.get(_COUNTS) or tags.get(_TILE_COUNTS)
    if not offsets or not counts or len(offsets) != len(counts):
        raise HeaderError("TIFF: damaged (expected the places of its parts)")
    if any(start + length > len(content) or not length for start, length in zip(offsets, counts, strict=True)):
        raise HeaderError("TIFF: a part is missing (expected a whole file)")


def _read_bmp(content: bytes) -> Header:
    begins, size = struct.unpack_from("<II", content, 10)
    if size < 40:
        raise HeaderError("BMP: of an old kind (expected one of Windows 3 or later)")
    width, height, _, bits, packed = struct.unpack_from("<iiHHI", content, 18)
    if width <= 0 or not height or bits not in (1, 4, 8, 16, 24, 32):
        raise HeaderError("BMP: damaged (expected a size and 1 to 32 bits)")
    if packed not in (0, 3):
        raise HeaderError("BMP: packed (expected one that is not)")
    row = (width * bits + 31) // 32 * 4
    if begins + row * abs(height) > len(content):
        raise HeaderError("BMP: the end is missing (expected a whole file)")
    return Header("BMP", width, abs(height))

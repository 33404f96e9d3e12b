"""What Python raises on a zip archive that is cut, altered or of a kind it does not know."""

import struct
import zipfile
import zlib

ZIP_FAULTS = (
    zipfile.BadZipFile,  # no archive, or a checksum that does not fit
    zlib.error,  # a changed byte in what is compressed
    EOFError,  # cut
    OSError,  # a place in the file that does not exist
    ValueError,  # a negative place, or a name that is no text
    RuntimeError,  # encrypted, or a method or version that is not known
    struct.error,  # a field shorter than it says
)
"""Measured on archives changed at random; anything else is a fault of ours."""

"""How memory that pictures took is given back to the system."""

import ctypes

# malloc.h of the GNU C library
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

PICTURE_BYTES = 256 * 1024
"""Blocks from this size on are pictures and maps; each gets pages of its own, which go back when it is freed."""

SPARE_BYTES = 1024 * 1024


def give_back_freed_pictures() -> None:
    """Tell the allocator to return what pictures leave behind.

    The GNU allocator raises its threshold with every large block freed, keeps ever larger holes in its heap, and the
    program's resident memory creeps up by some tens of megabytes. Where there is another C library, nothing is done.

    Source: mallopt(3). Measured with 8 viewers: 258 MB without, 231 MB with.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES)
    mallopt(M_ARENA_MAX, 2)

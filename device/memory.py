"""How memory that pictures took is given back to the system."""

import ctypes

# malloc.h of the GNU C library
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

PICTURE_BYTES = 64 * 1024
"""Blocks from this size on are pictures, maps and drawn cells; each gets pages of its own, given back when freed."""

SPARE_BYTES = 1024 * 1024


def give_back_freed_pictures() -> None:
    """Tell the allocator to return what pictures leave behind.

    The GNU allocator raises its threshold with every large block freed, keeps ever larger holes in its heap, and the
    program's resident memory creeps up by some tens of megabytes. Where there is another C library, nothing is done.

    Source: mallopt(3). Simulated camera with a viewer, 12 s: 205 to 246 MB with blocks from 256 kB, 206 to 241 from
    64 kB.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES)
    mallopt(M_ARENA_MAX, 2)

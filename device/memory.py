"""How memory that pictures took is used again, and given back to the system when it is much."""

import ctypes

# malloc.h of the GNU C library
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

PICTURE_BYTES = 8 * 2**20
"""Blocks up to this size come from the heap and are used again by the next frame; larger ones get pages of their own.
32 MB was as quick and held 30 MB more; with 1 MB a field took 550 fresh pages where the heap happened to be short."""

ARENAS = 1
"""All threads share one heap. A second one is made of stretches of 64 MB: where a field's blocks came to lie across the
end of one, in a third of all starts, a stretch was taken and given back with each field (1,400 fresh pages, 2 ms)."""

SPARE_BYTES = 16 * 2**20
"""Free memory at the heap's end that may stay: what the stages of a few frames take and leave behind."""


def reuse_pictures() -> None:
    """Tell the allocator to keep what pictures leave behind for the next ones, but not much more.

    Left alone, the GNU allocator raises its thresholds with every large block freed, keeps ever larger holes, and the
    program's resident memory creeps up. Fresh pages for every picture, the other extreme, were measured to double the
    processor time of a field (26 ms instead of 13). Where there is another C library, nothing is done.

    Source: mallopt(3).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES)
    mallopt(M_ARENA_MAX, ARENAS)

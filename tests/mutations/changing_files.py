"""Mutations of a bundle whose seal is left alone: what a bad card, a cut download or a careless hand does."""

import json
import shutil

import numpy as np

from contract.seal import MANIFEST
from tests.mutations.changing_json import change_leaf


def pick(rng, folder):
    return rng.choice(sorted(folder.iterdir()))


def rewrite(path, change):
    content = change(bytearray(path.read_bytes()))
    path.write_bytes(content)


def flip(rng, content, most=8):
    for place in rng.integers(0, len(content), rng.integers(1, most + 1)):
        content[place] ^= int(rng.integers(1, 256))
    return content


def cut(rng, content):
    return content[: int(rng.integers(0, len(content)))]


def flip_bytes(rng, folder):
    rewrite(pick(rng, folder), lambda content: flip(rng, content))


def cut_file(rng, folder):
    rewrite(pick(rng, folder), lambda content: cut(rng, content))


def empty_file(rng, folder):
    pick(rng, folder).write_bytes(b"")


def lengthen_file(rng, folder):
    rewrite(pick(rng, folder), lambda content: content + rng.bytes(rng.integers(1, 100)))


def blank_block(rng, folder):
    def blank(content):
        start = int(rng.integers(0, len(content)))
        end = min(len(content), start + 4096)
        content[start:end] = bytes(end - start)
        return content

    rewrite(pick(rng, folder), blank)


def lose_file(rng, folder):
    pick(rng, folder).unlink()


def rename_file(rng, folder):
    path = pick(rng, folder)
    path.rename(path.with_name(f"{path.name}.bak"))


def swap_files(rng, folder):
    one, other = rng.choice(sorted(folder.iterdir()), 2, replace=False)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def add_file(rng, folder):
    name = rng.choice(["notes.txt", ".hidden", "model2.tflite", "card.md~", "Thumbs.db"])
    (folder / name).write_bytes(rng.bytes(10))


def link_file(rng, folder):
    path = pick(rng, folder)
    target = folder.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)


def folder_for_file(rng, folder):
    path = pick(rng, folder)
    path.unlink()
    path.mkdir()


def nest_folder(rng, folder):
    inner = folder / "inner"
    inner.mkdir()
    for path in list(folder.iterdir()):
        if path != inner:
            shutil.move(path, inner / path.name)


def change_fact(rng, folder):
    path = folder / MANIFEST
    path.write_text(json.dumps(change_leaf(rng, json.loads(path.read_bytes())), indent=2))


FILE_CHANGES = {
    change.__name__: change
    for change in (
        flip_bytes, cut_file, change_fact, empty_file, lengthen_file, blank_block, lose_file, rename_file, swap_files,
        add_file, link_file, folder_for_file, nest_folder,
    )
}  # fmt: skip


def flip_zip(rng, path):
    rewrite(path, lambda content: flip(rng, content, 3))


def flip_zip_directory(rng, path):
    """Names, sizes, methods and places stand in the last hundreds of bytes."""
    rewrite(path, lambda content: content[:-500] + flip(rng, content[-500:], 3))


def cut_zip(rng, path):
    rewrite(path, lambda content: cut(rng, content))


def cut_zip_at_the_end(rng, path):
    rewrite(path, lambda content: content[: -int(rng.integers(1, 600))])


def lengthen_zip(rng, path):
    rewrite(path, lambda content: content + rng.bytes(rng.integers(1, 100)))


def prefix_zip(rng, path):
    rewrite(path, lambda content: rng.bytes(rng.integers(1, 100)) + content)


def noise_for_zip(rng, path):
    path.write_bytes(rng.bytes(int(np.exp(rng.uniform(0, 12)))))


ZIP_CHANGES = {
    change.__name__: change
    for change in (flip_zip, flip_zip_directory, cut_zip, cut_zip_at_the_end, lengthen_zip, prefix_zip, noise_for_zip)
}

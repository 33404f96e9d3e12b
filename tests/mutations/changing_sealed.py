"""Mutations after which hashes and seal are made to fit again: what a broken packer, or an attacker, ships.

The network's own file is left out: the runtime reads it in place and may crash on a broken one. That is why its hash is
looked at first; whoever can make the hashes fit can ship any network anyway.
"""

import hashlib
import io
import json
import zipfile

import numpy as np

from contract.seal import MANIFEST, SEAL, make_seal
from tests.mutations.changing_files import cut, flip, rewrite
from tests.mutations.changing_json import change_leaf

EXAMPLES = "selftest.npz"


def seal_raw(folder, content):
    (folder / MANIFEST).write_bytes(content)
    (folder / SEAL).write_bytes(make_seal(bytes(content)))


def hash_again(folder):
    facts = json.loads((folder / MANIFEST).read_bytes())
    facts["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in facts["files"]}
    seal_raw(folder, json.dumps(facts).encode())


def change_sealed_fact(rng, folder):
    facts = json.loads((folder / MANIFEST).read_bytes())
    seal_raw(folder, json.dumps(change_leaf(rng, facts)).encode())


def change_two_sealed_facts(rng, folder):
    change_sealed_fact(rng, folder)
    change_sealed_fact(rng, folder)


def flip_sealed_manifest(rng, folder):
    seal_raw(folder, flip(rng, bytearray((folder / MANIFEST).read_bytes()), 3))


def cut_sealed_manifest(rng, folder):
    seal_raw(folder, cut(rng, bytearray((folder / MANIFEST).read_bytes())))


def noise_for_manifest(rng, folder):
    deep = rng.choice([b"[" * 100_000, b'{"a":' * 100_000, b"", b"null", b"[]", b"\xff\xfe{", rng.bytes(1000)])
    seal_raw(folder, bytes(deep))


def flip_examples(rng, folder):
    rewrite(folder / EXAMPLES, lambda content: flip(rng, content))
    hash_again(folder)


def flip_examples_directory(rng, folder):
    rewrite(folder / EXAMPLES, lambda content: content[:-600] + flip(rng, content[-600:], 3))
    hash_again(folder)


def cut_examples(rng, folder):
    rewrite(folder / EXAMPLES, lambda content: cut(rng, content))
    hash_again(folder)


def noise_for_examples(rng, folder):
    (folder / EXAMPLES).write_bytes(rng.bytes(2000))
    hash_again(folder)


def change_array(rng, folder):
    with np.load(folder / EXAMPLES) as stored:
        arrays = dict(stored)
    name = rng.choice(sorted(arrays))
    changed = rng.choice(ARRAY_CHANGES)(rng, arrays[name])
    arrays = {other: array for other, array in (arrays | {name: changed}).items() if array is not None}
    np.savez_compressed(folder / EXAMPLES, **arrays)
    hash_again(folder)


def claim_shape(rng, folder):
    """An array's header that claims what does not follow."""
    packed = io.BytesIO()
    claims = [
        (4, 10**9, 10**9, 3),
        (2**62,),
        (-1, 96, 128, 3),
        (64, 96, 128, 3),
        (4, 96, 128, 3, 1),
        (10**5, 96, 128, 3),
    ]
    kinds = ["|u1", "|O", "|V8", "<f8", "|S4294967295", "|i1"]
    header = {"descr": str(rng.choice(kinds)), "fortran_order": bool(rng.integers(2)),
              "shape": claims[rng.integers(len(claims))]}  # fmt: skip
    with zipfile.ZipFile(folder / EXAMPLES) as stored, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        victim = rng.choice(stored.namelist())
        for name in stored.namelist():
            content = stored.read(name)
            if name == victim:
                claimed = io.BytesIO()
                np.lib.format.write_array_header_1_0(claimed, header)
                content = claimed.getvalue() + content[128:]
            archive.writestr(name, content)
    (folder / EXAMPLES).write_bytes(packed.getvalue())
    hash_again(folder)


def change_unread_file(rng, folder):
    """parity.json and card.md are for people: what the device computes must not change."""
    change = rng.choice([flip, cut])
    rewrite(folder / rng.choice(["parity.json", "card.md"]), lambda content: change(rng, content))
    hash_again(folder)


ARRAY_CHANGES = (
    lambda rng, array: None,
    lambda rng, array: array[:0],
    lambda rng, array: array[:1],
    lambda rng, array: array[..., ::-1],
    lambda rng, array: array.T,
    lambda rng, array: array.astype(np.float64) * np.nan,
    lambda rng, array: array.astype(np.int16),
    lambda rng, array: array.astype(object),
    lambda rng, array: np.zeros_like(array),
    lambda rng, array: rng.permuted(array, axis=0),
    lambda rng, array: np.concatenate([array] * 20),
    lambda rng, array: np.asarray(3, array.dtype),
    lambda rng, array: (array ^ np.array(rng.integers(0, 255), np.uint8).astype(array.dtype)),
    lambda rng, array: array + np.asarray(rng.integers(-3, 4)).astype(array.dtype),
)  # fmt: skip

SEALED_CHANGES = {
    change.__name__: change
    for change in (
        change_sealed_fact, flip_examples, change_two_sealed_facts, change_array, flip_sealed_manifest, claim_shape,
        cut_sealed_manifest, flip_examples_directory, noise_for_manifest, cut_examples, noise_for_examples,
        change_unread_file,
    )
}  # fmt: skip

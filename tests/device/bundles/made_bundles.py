"""How tests come by bundles that differ: a real one with another fact in its manifest, sealed again."""

import json
import shutil

from contract.seal import MANIFEST, SEAL, make_seal


def seal_again(folder, facts=None):
    """Make hash and seal fit what lies in the folder, as a broken packer would."""
    facts = json.loads((folder / MANIFEST).read_bytes()) if facts is None else facts
    content = json.dumps(facts).encode()
    (folder / MANIFEST).write_bytes(content)
    (folder / SEAL).write_bytes(make_seal(content))


def make_version(bundle, folder, version):
    """Copy a bundle and call it another version of itself."""
    shutil.copytree(bundle, folder)
    seal_again(folder, json.loads((folder / MANIFEST).read_bytes()) | {"version": version})
    return folder

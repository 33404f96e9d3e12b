"""What somebody gives us to install is copied file by file, and anything that is no bundle is refused in one line."""

import io
import os
import stat
import zipfile

import pytest

from device.bundles import gather as gathering
from device.bundles.gather import GatherError, gather


@pytest.fixture
def into(tmp_path):
    return tmp_path / "into"


def pack(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize("inside", ["", "wbc5/"])
def test_files_come_out_as_they_went_in(tmp_path, into, inside):
    gather(pack(tmp_path / "a.zip", [(f"{inside}card.md", b"card"), (f"{inside}model.json", b"{}")]), into)
    assert {path.name: path.read_bytes() for path in into.iterdir()} == {"card.md": b"card", "model.json": b"{}"}


@pytest.mark.parametrize(
    "members",
    [
        [("../card.md", b"x")],
        [("a/../../card.md", b"x")],
        [("/etc/card.md", b"x")],
        [("/card.md", b"x")],
        [("a/b/card.md", b"x")],
        [("a\\..\\card.md", b"x")],
        [("C:card.md", b"x")],
        [(".hidden", b"x")],
        [("..", b"x")],
        [(link("card.md"), b"/etc/passwd")],
        [("a/card.md", b"x"), ("b/model.json", b"x")],
        [("card.md", b"x"), ("b/model.json", b"x")],
        [("a/", b"")],
        [],
        [(f"{number}.md", b"x") for number in range(gathering.MOST_FILES + 1)],
    ],
)
def test_what_no_bundle_holds_is_refused_and_nothing_is_written_outside(tmp_path, into, members):
    with pytest.raises(GatherError) as refusal:
        gather(pack(tmp_path / "a.zip", members), into)
    assert str(refusal.value).startswith(str(tmp_path / "a.zip"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "into"]
    assert not list(into.iterdir())


def test_an_empty_name_is_refused(tmp_path, into):
    content = pack(tmp_path / "a.zip", [("Q.md", b"x")]).read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"Q.md", b"\0.md"))
    with pytest.raises(GatherError, match="''"):
        gather(tmp_path / "a.zip", into)


def test_a_name_that_stands_twice_is_refused(tmp_path, into):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = pack(tmp_path / "a.zip", [("card.md", b"x"), ("card.md", b"y")])
    with pytest.raises(GatherError, match="once each"):
        gather(path, into)


def test_a_bomb_is_stopped_at_the_limit_whatever_it_says_of_its_size(tmp_path, into):
    path = pack(tmp_path / "a.zip", [("card.md", bytes(gathering.LARGEST_BYTES + 1))])
    assert path.stat().st_size < 100_000
    with pytest.raises(GatherError, match="too large"):
        gather(path, into)
    assert sum(file.stat().st_size for file in into.iterdir()) <= gathering.LARGEST_BYTES


def test_an_archive_that_is_too_large_is_not_even_opened(tmp_path, into):
    path = tmp_path / "a.zip"
    with path.open("wb") as file:
        file.truncate(gathering.LARGEST_BYTES + 1)
    with pytest.raises(GatherError, match="bytes"):
        gather(path, into)


def test_an_encrypted_member_is_refused(tmp_path, into):
    content = bytearray(pack(tmp_path / "a.zip", [("card.md", b"x" * 50)]).read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(GatherError, match="encrypted"):
        gather(tmp_path / "a.zip", into)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(tmp_path, into, method):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("card.md", b"x" * 99)
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    with pytest.raises(GatherError, match="deflated or stored"):
        gather(tmp_path / "a.zip", into)


def test_an_archive_cut_anywhere_is_refused(tmp_path, into):
    content = pack(tmp_path / "a.zip", [("card.md", b"card" * 50), ("model.json", b"{}")]).read_bytes()
    for kept in range(len(content)):
        (tmp_path / "a.zip").write_bytes(content[:kept])
        with pytest.raises(GatherError):
            gather(tmp_path / "a.zip", tmp_path / f"into {kept}")


def make_link(folder):
    (folder / "card.md").symlink_to("/etc/hostname")


def make_pipe(folder):
    os.mkfifo(folder / "card.md")


def make_folder(folder):
    (folder / "card.md").mkdir()


@pytest.mark.parametrize("make", [make_link, make_pipe, make_folder])
def test_a_folder_with_anything_but_plain_files_is_refused(tmp_path, into, make):
    (tmp_path / "source").mkdir()
    make(tmp_path / "source")
    with pytest.raises(GatherError, match=r"card\.md: no plain file"):
        gather(tmp_path / "source", into)


def test_what_is_not_there_is_refused(tmp_path, into):
    with pytest.raises(GatherError, match="not found"):
        gather(tmp_path / "nothing.zip", into)

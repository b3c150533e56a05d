"""The single-file form: the same bytes, aligned, and nothing unsafe ever reaches the disk."""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinpoint_edge.bundle import Bundle, archive, pack, unpack, verify_archive
from pinpoint_edge.bundle.paths import problem
from pinpoint_edge.errors import BundleError, IntegrityError, OutputError
from pinpoint_runtimes.cache import cache_folder

Member = tuple[zipfile.ZipInfo, bytes]


def members(folder: Path) -> list[Member]:
    """The members of a correct archive, for a test to spoil."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        found.append((info, path.read_bytes()))
    return found


def write(path: Path, parts: list[Member]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for info, content in parts:
            file.writestr(info, content)
    return path


def refused(path: Path, tmp_path: Path, message: str, kind: type[Exception] = BundleError) -> None:
    """Every way in refuses the archive, and none leaves anything behind."""
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    for action in (
        lambda: unpack(path, out / "b"),
        lambda: verify_archive(path),
        lambda: Bundle.open(path),
    ):
        with pytest.raises(kind, match=message):
            action()
    assert list(out.iterdir()) == []
    cache = cache_folder("bundles")
    assert not cache.exists() or list(cache.iterdir()) == []


def test_round_trip(small_bundle: Path, tmp_path: Path) -> None:
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    bundle = unpack(packed.path, tmp_path / "out")
    assert bundle.digest == packed.digest == Bundle.open(small_bundle).digest
    for path in small_bundle.rglob("*"):
        if path.is_file():
            twin = tmp_path / "out" / path.relative_to(small_bundle)
            assert twin.read_bytes() == path.read_bytes()
    assert verify_archive(packed.path) == bundle.manifest
    assert packed.size == packed.path.stat().st_size


def test_same_bundle_same_bytes(make_bundle: Callable[[str], Path], tmp_path: Path) -> None:
    one, two = make_bundle("one"), make_bundle("two")
    for path in two.rglob("*"):
        os.utime(path, (1e9, 1e9 + time.time() % 100))
        path.chmod(0o700)
    first, second = pack(one, tmp_path / "1.pinpoint"), pack(two, tmp_path / "2.pinpoint")
    assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.parametrize("limit", [zipfile.ZIP64_LIMIT, 1000], ids=["zip", "zip64"])
def test_members_are_stored_aligned_and_dateless(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    content = packed.path.read_bytes()
    with zipfile.ZipFile(packed.path) as file:
        names = [info.filename for info in file.infolist()]
        assert names == sorted(names)
        for info in file.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            name, extra = struct.unpack_from("<HH", content, info.header_offset + 26)
            start = info.header_offset + 30 + name + extra
            assert start % archive.ALIGNMENT == 0
            assert content[start : start + info.file_size] == file.read(info)


def test_unlisted_files_are_left_out_and_named(small_bundle: Path, tmp_path: Path) -> None:
    (small_bundle / "notes.txt").write_text("x")
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    assert packed.left_out == ("notes.txt",)
    assert "notes.txt" not in zipfile.ZipFile(packed.path).namelist()


def test_pack_refuses_links_changes_and_unwritable_places(
    small_bundle: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="Cannot write"):
        pack(small_bundle, tmp_path / "nowhere" / "b.pinpoint")
    target = small_bundle / "tokenizer.json"
    shutil.move(target, tmp_path / "elsewhere")
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="is a link"):
        pack(small_bundle, tmp_path / "b.pinpoint")
    target.unlink()
    target.write_text("[]")
    with pytest.raises(IntegrityError, match=r"tokenizer\.json"):
        pack(small_bundle, tmp_path / "b.pinpoint")
    assert not (tmp_path / "b.pinpoint").exists()


def test_open_unpacks_once_into_the_cache(small_bundle: Path, tmp_path: Path) -> None:
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    first = Bundle.open(packed.path)
    assert first.folder == cache_folder("bundles") / packed.digest
    stamp = (first.folder / "manifest.json").stat().st_mtime_ns
    shutil.copy(packed.path, tmp_path / "copy.pinpoint")
    second = Bundle.open(tmp_path / "copy.pinpoint")
    assert second.folder == first.folder
    assert (second.folder / "manifest.json").stat().st_mtime_ns == stamp
    assert [p.name for p in cache_folder("bundles").iterdir()] == [packed.digest]


def test_unpack_needs_a_new_or_empty_folder(small_bundle: Path, tmp_path: Path) -> None:
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    (tmp_path / "empty").mkdir()
    assert unpack(packed.path, tmp_path / "empty").digest == packed.digest
    with pytest.raises(OutputError, match="not an empty folder"):
        unpack(packed.path, tmp_path / "empty")
    with pytest.raises(OutputError, match="Cannot write"):
        unpack(packed.path, tmp_path / "no" / "where")


UNSAFE = ["../x", "a/../../x", "/etc/x", "..\\x", "C:/x", "a\\b", "a//b", "é", "nul", "x."]


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_names_are_refused(small_bundle: Path, tmp_path: Path, name: str) -> None:
    parts = [*members(small_bundle), (zipfile.ZipInfo("placeholder"), b"x")]
    parts[-1][0].filename = name
    refused(write(tmp_path / "b.pinpoint", parts), tmp_path, "file name")


def test_a_name_cut_by_a_zero_byte_is_refused(small_bundle: Path, tmp_path: Path) -> None:
    path = write(
        tmp_path / "b.pinpoint", [*members(small_bundle), (zipfile.ZipInfo("../Zx"), b"x")]
    )
    path.write_bytes(path.read_bytes().replace(b"../Zx", b"a\x00/Zx"))
    refused(path, tmp_path, "file name")


def test_a_name_that_is_no_utf8_is_damage(small_bundle: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.pinpoint", [*members(small_bundle), (zipfile.ZipInfo("é"), b"x")])
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    refused(path, tmp_path, "is damaged")


@pytest.mark.parametrize("name", ["Tokenizer.JSON", "tokenizer.json", "tokenizer.json/x"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_are_refused(small_bundle: Path, tmp_path: Path, name: str) -> None:
    parts = [*members(small_bundle), (zipfile.ZipInfo(name), b"{}")]
    refused(write(tmp_path / "b.pinpoint", parts), tmp_path, "duplicates|itself a file")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_links_and_devices_are_refused(small_bundle: Path, tmp_path: Path, kind: int) -> None:
    parts = members(small_bundle)
    next(info for info, _ in parts if info.filename == "tokenizer.json").external_attr = (
        kind | 0o777
    ) << 16
    refused(write(tmp_path / "b.pinpoint", parts), tmp_path, "link or device")


def test_members_beside_the_manifest_are_refused(small_bundle: Path, tmp_path: Path) -> None:
    parts = [*members(small_bundle), (zipfile.ZipInfo("extra.bin"), b"x")]
    refused(write(tmp_path / "b.pinpoint", parts), tmp_path, r"extra\.bin.*does not list")
    parts = [*members(small_bundle), (zipfile.ZipInfo("folder/"), b"")]
    refused(write(tmp_path / "c.pinpoint", parts), tmp_path, "is a folder")


@pytest.mark.parametrize("gone", ["tokenizer.json", "manifest.json"])
def test_missing_members_are_refused(small_bundle: Path, tmp_path: Path, gone: str) -> None:
    parts = [part for part in members(small_bundle) if part[0].filename != gone]
    refused(write(tmp_path / "b.pinpoint", parts), tmp_path, gone.replace(".", r"\."))


def test_changed_members_are_refused(small_bundle: Path, tmp_path: Path) -> None:
    def changed(content: bytes) -> list[Member]:
        return [
            (i, content if i.filename == "tokenizer.json" else c) for i, c in members(small_bundle)
        ]

    path = write(tmp_path / "b.pinpoint", changed(b"[]"))
    refused(path, tmp_path, r"tokenizer\.json was changed", IntegrityError)
    path = write(tmp_path / "c.pinpoint", changed(b"[1]"))
    refused(path, tmp_path, "3 bytes, the manifest says 2", IntegrityError)


def test_a_flipped_byte_in_any_member_is_found(small_bundle: Path, tmp_path: Path) -> None:
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    content = packed.path.read_bytes()
    with zipfile.ZipFile(packed.path) as file:
        listed = [info for info in file.infolist() if info.filename != "manifest.json"]
    for info in listed:
        # The data of a member starts at the first aligned offset behind its header.
        start = (info.header_offset // archive.ALIGNMENT + 1) * archive.ALIGNMENT
        spoilt = bytearray(content)
        spoilt[start + info.file_size // 2] ^= 1
        (tmp_path / "c.pinpoint").write_bytes(spoilt)
        with pytest.raises(IntegrityError, match=info.filename):
            verify_archive(tmp_path / "c.pinpoint")


def test_a_truncated_archive_is_refused(small_bundle: Path, tmp_path: Path) -> None:
    packed = pack(small_bundle, tmp_path / "b.pinpoint")
    packed.path.write_bytes(packed.path.read_bytes()[:-300])
    refused(packed.path, tmp_path, "no bundle|damaged")


def test_limits(small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "b.pinpoint", members(small_bundle))
    for name, value, message in (
        ("MAX_MEMBERS", 3, "more than 3 members"),
        ("MAX_MEMBER_BYTES", 1000, "holds a file above"),
        ("MAX_TOTAL_BYTES", 26_000, "holds more than"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(archive, name, value)
            refused(path, tmp_path, message)
    assert unpack(path, tmp_path / "fine").manifest.name == "small"


def test_a_bomb_is_refused_by_its_ratio(small_bundle: Path, tmp_path: Path) -> None:
    parts = members(small_bundle)
    bomb = zipfile.ZipInfo("bomb")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    refused(
        write(tmp_path / "b.pinpoint", [*parts, (bomb, bytes(2**20))]), tmp_path, "over 200 times"
    )


def test_encrypted_and_unknown_methods_are_refused(small_bundle: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.pinpoint", members(small_bundle))
    content = path.read_bytes()
    first = content.index(b"PK\x01\x02")
    for offset, value, message in ((8, 1, "encrypted"), (10, 14, "compressed by a method")):
        spoilt = bytearray(content)
        struct.pack_into("<H", spoilt, first + offset, value)
        path.write_bytes(spoilt)
        refused(path, tmp_path, message)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(alphabet="ab./\\: \x00é~-", min_size=1, max_size=10))
def test_no_extra_name_is_ever_unpacked(small_bundle: Path, tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    path = write(tmp_path / "fuzz.pinpoint", [*members(small_bundle), (info, b"x")])
    with pytest.raises(BundleError) as caught:
        unpack(path, tmp_path / "fuzz")
    assert ("file name" in str(caught.value)) == (problem(name) is not None)
    assert not (tmp_path / "fuzz").exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_damaged_archive_is_refused_or_unharmed(
    small_bundle: Path, tmp_path: Path, position: int, value: int
) -> None:
    """Whatever one byte does, the outcome is our own error or exactly the bundle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for info, content in members(small_bundle):
            file.writestr(info, content)
    spoilt = bytearray(buffer.getvalue())
    spoilt[position % len(spoilt)] = value
    path = tmp_path / "fuzz.pinpoint"
    path.write_bytes(spoilt)
    shutil.rmtree(tmp_path / "fuzz", ignore_errors=True)
    try:
        unpack(path, tmp_path / "fuzz")
    except BundleError:
        assert not (tmp_path / "fuzz").exists()
    else:
        assert members(tmp_path / "fuzz")[0][1] == members(small_bundle)[0][1]
        Bundle.open(tmp_path / "fuzz").verify()

import pytest

from arm64 import machine


def test_the_mirror_is_the_one_that_apt_knows():
    listing = "http://a.example/debian-security\nhttp://b.example/debian/\nhttp://c.example/debian"
    assert machine.debian_mirror(listing) == "http://b.example/debian/"
    with pytest.raises(machine.CannotRun, match="name no Debian mirror"):
        machine.debian_mirror("http://ports.example/ubuntu\n")


def test_a_folder_of_the_cache_is_made_once_and_never_half(tmp_path):
    calls = []

    def broken(out):
        calls.append("broken")
        (out / "half").touch()
        raise machine.CannotRun("no network")

    def whole(out):
        calls.append("whole")
        assert list(out.iterdir()) == []
        (out / "file").touch()

    with pytest.raises(machine.CannotRun):
        machine._made(tmp_path / "qemu", broken)
    assert not (tmp_path / "qemu").exists()
    for _ in range(2):
        assert (machine._made(tmp_path / "qemu", whole) / "file").exists()
    assert calls == ["broken", "whole"]

"""Where to write and where to compute: known to work before training begins."""

import os

import pytest
import torch

from shapecheck import DataError
from shapecheck.models.device import one_thread, open_device
from shapecheck.models.folder import prepare_folder


def test_the_folder_is_made_with_all_above_it_and_left_empty(tmp_path):
    prepare_folder(tmp_path / "a" / "b")
    prepare_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_way(tmp_path, below):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be made: there is a file of that name in the way$"):
        prepare_folder(tmp_path / "file" / below)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"cannot be written: Permission denied$"):
        prepare_folder(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shapecheck.models.folder.tempfile.TemporaryFile", refuse)
    with pytest.raises(DataError) as caught:
        prepare_folder(tmp_path)
    assert str(caught.value) == f"the output folder {tmp_path} cannot be written: Permission denied"


def test_the_cpu_is_always_there():
    assert open_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:99", "meta"])
def test_a_device_that_cannot_compute_here(name):
    with pytest.raises(DataError) as caught:
        open_device(name)
    assert str(caught.value).startswith(f"cannot compute on the device {name!r}: ")
    assert "\n" not in str(caught.value)


def test_as_many_threads_as_before_are_used_behind_it_even_if_it_raises():
    @one_thread()
    def fail():
        raise KeyError(torch.get_num_threads())

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError, match="1"):
            fail()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)

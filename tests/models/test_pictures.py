"""Pictures are drawn, also of odd data; how they look is for people to judge."""

import struct
import sys
from importlib import util

import numpy as np
import pytest

from shapecheck import DataError
from shapecheck.models import Progress
from shapecheck.models.pictures import draw_loss, draw_prices, draw_text, need_matplotlib


def size_of(path):
    """Width and height of a PNG."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    return struct.unpack(">II", content[16:24])


def test_the_loss_with_and_without_held_out_points(tmp_path):
    history = [Progress(1, 1, step, 3, 1 / step) for step in (1, 2, 3)]
    draw_loss(tmp_path / "a.png", history, "nats", levels={"uniform": 2.0})
    draw_loss(tmp_path / "b.png", [*history, Progress(1, 1, 4, 4, 0.1, held_out=0.2)], "MSE", log=True)
    assert min(*size_of(tmp_path / "a.png"), *size_of(tmp_path / "b.png")) > 400


def test_prices_of_one_day_and_of_many(tmp_path):
    draw_prices(tmp_path / "one.png", [0], np.array([1.0]), np.array([1.1]), "one")
    draw_prices(tmp_path / "many.png", list(range(100)), np.arange(100.0), np.arange(100.0), "many $2")
    assert size_of(tmp_path / "one.png") == size_of(tmp_path / "many.png")


def test_a_text_of_any_characters(tmp_path):
    text = "$x_1^2$ \n\t\\ \u4e16\u754c \u00e9" + chr(0x1F600)
    draw_text(tmp_path / "t.png", text, np.linspace(0, 1, len(text)), text[::-1], width=8)
    assert min(size_of(tmp_path / "t.png")) > 100


def test_matplotlib_is_asked_for_by_the_name_of_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("shapecheck.models.pictures.find_spec", lambda name: None if name == "matplotlib" else util)
    with pytest.raises(DataError) as caught:
        need_matplotlib()
    assert str(caught.value) == (
        'the pictures need matplotlib: pip install -e ".[demo]" in the checkout, or leave them out with --no-plot'
    )

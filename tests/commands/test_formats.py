import io

import pytest

from shapecheck.commands._formats import takes_color


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "is_taken"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm-256color"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        # An empty one asks for nothing, by https://no-color.org.
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {}, False),
        # A shell's 2>&-.
        (None, {}, False),
    ],
)
def test_colours_are_for_terminals_that_show_them_where_nobody_asked_for_none(
    monkeypatch, stream, environment, is_taken
):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_color(stream) is is_taken

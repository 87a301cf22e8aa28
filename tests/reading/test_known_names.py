"""Changes that read a name where it has no meaning."""

import linecache

import pytest

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.reading.edits import piece
from shapecheck.reading.known_names import reads_only_known
from shapecheck.reading.sources import source_of

TEXT = """\
import torch

def made(rows):
    return torch.zeros(rows, 4)

def used(x):
    state = made(7)
    return x + state
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(TEXT)
    linecache.checkcache(str(path))
    found = source_of(str(path))
    assert found is not None
    return found


def _call(source, name: str) -> Span:
    return source.span(next(source.calls(name)))


@pytest.mark.parametrize(
    ("place", "text", "is_known"),
    [
        ("zeros", "torch.zeros(x.size(0), 4)", False),
        ("zeros", "torch.zeros(rows, 4)[:len(range(3))]", True),
        ("zeros", "torch.stack([row for row in torch.zeros(rows, 4)])", True),
        ("made", "made(x.size(0))", True),
        ("made", "made(rows)", False),
        ("made", "map(lambda n: made(n), x)", True),
    ],
)
def test_a_name_of_another_function_is_unknown(source, place, text, is_known):
    assert reads_only_known([Change(_call(source, place), text)]) is is_known


def test_what_the_same_change_sets_is_known(source):
    function = source.span(next(source.calls("zeros")))
    before = Span(function.file, 3, 9, 3, 13, "rows")
    assert not reads_only_known([Change(function, "torch.zeros(count, 4)")])
    assert reads_only_known([Change(before, "count"), Change(function, "torch.zeros(count, 4)")])


def test_a_part_of_a_statement_may_read_what_the_whole_reads(source):
    call = source.span(next(source.calls("made")))
    assert reads_only_known([Change(piece(call, next(source.calls("made")).args[0]), "state.size(0)")])

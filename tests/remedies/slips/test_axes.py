"""Another axis for what was reduced, joined or repeated on the way, offered unless what follows speaks against it."""

import linecache
import textwrap

import pytest
from mended import HEAD

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.reading.edits import changed
from shapecheck.reading.written_behind import DOUBT
from shapecheck.remedies import remedies
from shapecheck.scripts.mending import with_variables, with_violation

REDUCED_ON_THE_WAY = """
    steps, word = torch.randn(9, 5, 8), torch.randn(5, 4)
    weights = (steps * steps[-1]).sum(2, keepdim=True).softmax(0)
    context = (weights * steps).sum(dim=1)
    print(torch.cat([word, context], dim=1).shape)
"""
STACKED_ON_THE_WAY = """
    scores = torch.stack([torch.randn(6, 3), torch.randn(6, 3)], dim=0)
    first = scores[:, 0]
    print(nn.functional.cross_entropy(first, torch.ones(6, dtype=torch.long)).shape)
"""
REPEATED_ON_THE_WAY = """
    def tiled(seen):
        return seen.repeat_interleave(4, dim=-1)

    layer = nn.Linear(6, 3)
    print(layer(tiled(torch.randn(2, 9, 6))).shape)
"""


def offered(program):
    """All the changes that are worth a trial, with the lines as they would be."""
    text = HEAD + textwrap.dedent(program)
    linecache.cache["<mended>"] = (len(text), None, text.splitlines(keepends=True), "<mended>")
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(compile(text, "<mended>", "exec"), {"__name__": "__main__"})
    crash = crash_of(caught.value)
    evidence = with_variables(with_violation(crash), crash)
    return [(each, changed(text, each.changes)) for each in remedies(evidence)]


@pytest.mark.parametrize(
    ("program", "right"),
    [
        (REDUCED_ON_THE_WAY, "context = (weights * steps).sum(dim=0)"),
        (STACKED_ON_THE_WAY, "scores = torch.stack([torch.randn(6, 3), torch.randn(6, 3)], dim=1)"),
        (REPEATED_ON_THE_WAY, "return seen.repeat_interleave(4, dim=-2)"),
    ],
)
def test_another_axis_is_offered_in_doubt(program, right):
    found = [candidate for candidate, text in offered(program) if right in text]
    assert found
    assert found[0].unless_read


def test_a_dtype_is_no_matter_of_axes():
    program = """
        kept = torch.ones(4, 3, dtype=torch.long).sum(dim=1)
        print(nn.Linear(4, 2)(kept))
    """
    assert not any(candidate.unless_read == DOUBT for candidate, _ in offered(program))

"""Reads a program on from its crash as if the call that failed stood there otherwise."""

import ast
import linecache
import textwrap

import pytest
import torch
from mended import HEAD

from shapecheck.candidate import Change
from shapecheck.capture.crashes.crash import crash_of
from shapecheck.capture.crashes.read_on import ReadOn
from shapecheck.capture.crashes.source import forget_sources
from shapecheck.evidence import Span


def ways(program, *texts):
    """What is read of a program in which the call of permute stands otherwise."""
    text = HEAD + textwrap.dedent(program)
    linecache.cache["<mended>"] = (len(text), None, text.splitlines(keepends=True), "<mended>")
    forget_sources()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(compile(text, "<mended>", "exec"), {"__name__": "__main__"})
    before = torch.random.get_rng_state()
    crash = crash_of(caught.value)
    node = next(
        each
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "permute"
    )
    place = Span("<mended>", node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    read = ReadOn(crash.frames)
    found = [read([Change(place, each)]) for each in texts]
    assert torch.equal(before, torch.random.get_rng_state())
    return found

"""Reads a program on from its crash as if the call that failed stood there otherwise."""

import ast
import linecache
import textwrap

import pytest
import torch
from mended import HEAD

from shapecheck.candidate import Change
from shapecheck.capture.crashes.ahead.read_on import ReadOn
from shapecheck.capture.crashes.crash import crash_of
from shapecheck.evidence import Span


def ways(program, *texts):
    """What is read of a program in which the call of permute stands otherwise."""
    text, _, error = crashed(program)
    node = next(
        each
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "permute"
    )
    return _read(error, Span("<mended>", node.lineno, node.col_offset, node.end_lineno, node.end_col_offset), texts)


def ways_instead_of(program, wrong, *texts):
    """What is read of a program in which something that stands there once stands otherwise."""
    text, _, error = crashed(program)
    return ways_of(text, error, wrong, *texts)


def ways_of(text, error, wrong, *texts):
    """The same of a program that has crashed."""
    row, line = next((at, line) for at, line in enumerate(text.splitlines(), 1) if wrong in line)
    return _read(error, Span("<mended>", row, line.index(wrong), row, line.index(wrong) + len(wrong), wrong), texts)


def crashed(program):
    """A program's text, its names, and the error that it ends with."""
    text, names = HEAD + textwrap.dedent(program), {"__name__": "__main__"}
    linecache.cache["<mended>"] = (len(text), None, text.splitlines(keepends=True), "<mended>")
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(compile(text, "<mended>", "exec"), names)
    return text, names, caught.value


def _read(error, place, texts):
    before = torch.random.get_rng_state()
    read = ReadOn(crash_of(error).frames)
    found = [read([Change(place, each)]) for each in texts]
    assert torch.equal(before, torch.random.get_rng_state())
    return found

"""A word on a terminal where an audit takes long, and none where it does not or where nobody sits there."""

from __future__ import annotations

import io
import time

import torch
from torch import nn

from shapecheck.auditor import Auditor
from shapecheck.scripts.patience import Patience


class Terminal(io.StringIO):
    """A stream that says that somebody reads it."""

    def isatty(self) -> bool:
        return True


def said(stream: io.StringIO, takes: float) -> str:
    with Patience(stream, seconds=0.02).looking("step 1"):
        time.sleep(takes)
    time.sleep(0.05)
    return stream.getvalue()


def test_a_look_that_takes_long_is_told_on_a_terminal_only() -> None:
    assert said(Terminal(), 0.3) == "shapecheck: looking at step 1 ...\n"
    assert said(Terminal(), 0.0) == ""
    assert said(io.StringIO(), 0.3) == ""


def test_nothing_is_said_without_a_stream_or_with_one_that_is_closed() -> None:
    closed = Terminal()
    closed.close()
    for stream in (None, closed):
        with Patience(stream, seconds=0.0).looking("step 1"):
            time.sleep(0.05)


def test_the_steps_of_an_audit_are_counted() -> None:
    stream, model = Terminal(), nn.Linear(3, 1)
    auditor = Auditor(looking=Patience(stream, seconds=0.0).looking)
    auditor.start()
    for _ in range(5):
        model(torch.randn(4, 3)).pow(2).mean().backward()
    auditor.stop()
    assert stream.getvalue().splitlines() == [f"shapecheck: looking at step {count} ..." for count in (1, 2, 3)]

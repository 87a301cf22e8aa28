"""Names that a loop carries from one round to the next."""

from __future__ import annotations

import linecache
import textwrap

import pytest

from shapecheck.capture.crashes.crash import crash_of

HEAD = """
import torch
wide, narrow = torch.zeros(3, 4), torch.zeros(3, 5)


def once(x):
    return x @ torch.zeros(4, 2)

"""


def made(program: str) -> str:
    """What the name ``x`` was made by in a program that crashes."""
    text = HEAD + textwrap.dedent(program)
    linecache.cache["<rounds>"] = (len(text), None, text.splitlines(keepends=True), "<rounds>")
    with pytest.raises(RuntimeError) as caught:
        exec(compile(text, "<rounds>", "exec"), {"__name__": "__main__"})
    steps = crash_of(caught.value).evidence.origins["x"]
    return next(step.span.text for step in steps if step.span.text != "x")


@pytest.mark.parametrize(
    "program",
    [
        """
        def walk(x):
            for at in range(3):
                once(x)
                x = narrow.clone()

        walk(wide)
        """,
        """
        def walk(x, counts):
            at = 0
            while at < 3:
                out = once(x)
                if counts:
                    x = narrow.clone()
                else:
                    x = wide.clone()
                at += 1

        walk(wide, True)
        """,
        """
        x = wide
        for name in ("a", "b"):
            out = once(x)
            with torch.no_grad():
                x = narrow.clone()
        """,
    ],
)
def test_in_a_later_round_a_name_has_what_the_round_before_gave_it(program):
    assert made(program) == "narrow.clone()"


@pytest.mark.parametrize(
    "program",
    [
        # The first round.
        """
        def walk():
            x = narrow
            for at in range(3):
                once(x)
                x = wide.clone()

        walk()
        """,
        # The loop outside went round, this one did not; what stands in front of it was made again.
        """
        for rows in (wide, narrow):
            x = rows[:]
            for name in ("a", "b"):
                out = once(x)
                x = wide.clone()
        """,
        # This round gave it another value already.
        """
        x = wide
        for at in range(3):
            x = narrow[:] if at else wide
            once(x)
            x = wide.clone()
        """,
        # Only some rounds reach what stands behind it.
        """
        x = narrow[:, :4]
        for at in range(3):
            if at == 1:
                torch.zeros(3, 5) @ x
            if at > 4:
                x = wide.clone()
        """,
    ],
)
def test_in_the_first_round_or_where_it_is_not_known_it_has_what_stands_in_front(program):
    assert made(program) != "wide.clone()"


@pytest.mark.parametrize(
    "program",
    [
        """
        def walk(x):
            for at in range(3):
                x = once(x) @ torch.zeros(2, 4)

        walk(narrow)
        """,
        """
        def walk(x):
            while len(x):
                out = once(x)
                x = x[1:]

        walk(narrow)
        """,
    ],
)
def test_in_the_first_round_a_parameter_has_what_the_caller_gave(program):
    assert made(program) == "narrow"

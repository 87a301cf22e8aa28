"""Where statements stand: the block of each, those behind it, and those that may run when one of them has."""

from __future__ import annotations

import ast

LOOPS = ast.For | ast.While


def other_lines(up: ast.AST) -> list[ast.stmt]:
    """Of a block the lines that may yet run when one of it has: those of other rounds, of ``finally``."""
    if isinstance(up, LOOPS):
        return [*up.body, *up.orelse]
    return [*up.orelse, *up.finalbody] if isinstance(up, ast.Try) else []


def list_of(line: ast.AST) -> list[ast.stmt]:
    """The block that a statement stands in."""
    up = getattr(line, "parent", None)
    blocks = (getattr(up, name, None) for name in ("body", "orelse", "finalbody"))
    return next((each for each in blocks if isinstance(each, list) and any(one is line for one in each)), [])


def onward_from(line: ast.AST) -> list[ast.stmt]:
    """A statement and those behind it in its block."""
    block = list_of(line)
    at = next((at for at, each in enumerate(block) if each is line), len(block))
    return block[at:]


def next_line(line: ast.AST) -> ast.stmt | None:
    """The statement behind one in its block; None where it is the last."""
    return next(iter(onward_from(line)[1:]), None)

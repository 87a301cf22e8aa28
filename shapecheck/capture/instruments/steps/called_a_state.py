"""Cells whose names say that they are given a state and make the next one of it, whatever it was made of."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.reading.name_words import words_of
from shapecheck.reading.sources import names_in, walk

# What a state is called, and what a state of a world is called as well.
STATES = frozenset(["hidden", "hid", "h", "hx", "hc"])
OF_WORLDS = frozenset(["state", "states"])
TIMES = frozenset(["t", "time", "step", "tick", "frame", "token", "tok", "word", "char", "day", "hour"])
NEXT = frozenset(["new", "next", "nxt", "updated", "after"])


def is_called_a_state(node: Node) -> bool:
    """``new_h = cell(x, h)``: what a cell is given is called a state, and what it makes is called the next one.

    A cell may weigh what is told anew in each round against something that stays, as a gate does; nobody calls what
    comes out of a gate the new state. The state of a world has a next one for each thing that may be done there, and
    this word says it only in rounds that are called steps.
    """
    call, spot = call_at(node), node.spot
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    if call is None or not isinstance(statement, ast.Assign) or statement.value is not call or len(call.args) != 2:
        return False
    given, made = names_in(call.args[1]), names_in(*statement.targets)
    words = {word for name in made for word in words_of(name)}
    is_state = any(words_of(name) & STATES for name in given) or (
        any(words_of(name) & OF_WORLDS for name in given) and _is_in_steps(node, statement)
    )
    return is_state and bool(words & NEXT) and not given & made


def _is_in_steps(node: Node, statement: ast.stmt) -> bool:
    """Whether a name that the loop around gives says that it goes over time."""
    function = function_around(node.spot) if node.spot is not None else None
    loops = [item for item in walk(function) if isinstance(item, ast.For)]
    around = [loop for loop in loops if any(item is statement for item in ast.walk(loop))]
    return any(words_of(name) & TIMES for loop in around for name in names_in(loop.target))

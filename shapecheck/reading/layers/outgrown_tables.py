"""A table that was asked for a row behind its last one: how many it has, how many it needs, and what told it so."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.failing import failed, maker, number
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of


@dataclass(frozen=True, slots=True)
class OutgrownTable:
    """A table that is too short.

    Args:
        operation: Its call.
        tokens: The numbers of the rows that it was asked for.
        given: What its constructor is told of the rows.
        rows: How many it has.
        need: How many it would need.
    """

    operation: Operation
    tokens: Argument
    given: Span
    rows: int
    need: int


def outgrown_table(evidence: Evidence, *kinds: str) -> OutgrownTable | None:
    """The table that failed so; None where something else did, or nobody sees what it was told.

    Args:
        evidence: The problem.
        kinds: The classes of tables that are meant.
    """
    operation = failed(evidence, *kinds)
    tokens = input_of(evidence, operation)
    most = tokens.value.facts.get("max") if tokens is not None else None
    given = told_for(maker(evidence, operation), "num_embeddings")
    if operation is None or tokens is None or most is None or given is None:
        return None
    rows, need = number(operation, "num_embeddings"), int(most) + 1
    return OutgrownTable(operation, tokens, given, rows, need) if need > rows else None

"""What torch's layers and losses promise, one small file each, found by a scan of this folder.

A file here defines ``CONTRACT``, a `shapecheck.contract.Contract`; files that begin with an underscore hold what
several of them share. Another distribution adds its own through the entry point group ``shapecheck.contracts``: one
entry, one contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from shapecheck.contract import Contract
from shapecheck.knowledge import scan


def find(type_names: Iterable[str]) -> Contract | None:
    """The contract of a class or function, or None if nobody wrote one.

    Args:
        type_names: Names of the class and of its bases, the nearest first. A qualified name
            (``"torch.nn.modules.rnn.LSTM"``) is compared as a whole, so that somebody's own ``LSTM`` is not taken for
            torch's; a plain one (``"LSTM"``) stands for the class that a contract was written for.

    >>> find(["mine.Net", "torch.nn.modules.linear.Linear"]).name
    'Linear'
    >>> find(["mine.Linear"]) is None
    True
    """
    index = _index()
    return next((index[name] for name in type_names if name in index), None)


@cache
def all_contracts() -> tuple[Contract, ...]:
    """Every contract that is installed, ours and those that other distributions add."""
    return scan(__name__, "CONTRACT", Contract)


@cache
def _index() -> Mapping[str, Contract]:
    index: dict[str, Contract] = {}
    for contract in all_contracts():
        for name in contract.types:
            index.setdefault(name, contract)
            index.setdefault(name.rpartition(".")[2], contract)
    return index

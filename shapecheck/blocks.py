"""The names that a block hands on: what goes round a block, or through a chain of equal ones, is one thing throughout.

Layers name what they make, each for itself. What a block of a known kind returns, and what goes from one block of a
chain to the next, must be what came in: the last layer inside found a name of its own only because it could not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from shapecheck.dims import ANY
from shapecheck.records import CallRecord

_AT = re.compile(r"\.(\d+)(?=\.|$)")


def own_name(module: str, word: str) -> str:
    """The name of a dim that another layer has taken already."""
    return f"{(module or 'model').replace('.', '_')}_{word}"


def begin_of(calls: Sequence[CallRecord], at: int) -> int:
    """Where the calls inside a call begin: of calls as they ended, it comes right behind all that ran inside it."""
    path = calls[at].module
    begin = at
    while begin and calls[begin - 1].module.startswith(f"{path}." if path else "") and calls[begin - 1].module:
        begin -= 1
    return begin


def handed_on(
    calls: Sequence[CallRecord], words: Sequence[Collection[str]], ends: Sequence[tuple[int, int]]
) -> dict[str, str]:
    """Names that layers inside blocks found for themselves -> the names that they have outside.

    Args:
        calls: The calls of one forward, with their dims, in the order in which they ended.
        words: For each call the teaching names that its contract knows; none where it has no contract.
        ends: For each call which tensor came in first and which came out first, by number; 0 where nobody knows.
    """
    own = {own_name(call.module, word) for call, known in zip(calls, words, strict=True) for word in known}
    found: dict[str, str] = {}

    def settled(dim: str) -> str:
        while dim in found:
            dim = found[dim]
        return dim

    for old, new in (*_of_known(calls, words, own), *_of_chains(calls, words, ends)):
        old, new = settled(old), settled(new)
        if old in own and new not in (old, ANY):
            found[old] = new
    return {dim: settled(dim) for dim in found}


def _of_known(
    calls: Sequence[CallRecord], words: Sequence[Collection[str]], own: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The last layer of a Transformer's layer is added to what came in: that its width is the same, the block says."""
    for at, call in enumerate(calls):
        if words[at] and begin_of(calls, at) < at and call.outputs and calls[at - 1].outputs:
            inner, outer = calls[at - 1].outputs[0], call.outputs[0]
            if inner.shape == outer.shape and len(inner.dims) == len(outer.dims):
                yield from ((a, b) for a, b in zip(inner.dims, outer.dims, strict=True) if b not in own)


def _of_chains(
    calls: Sequence[CallRecord], words: Sequence[Collection[str]], ends: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, str]]:
    """Blocks of one's own that hand on to their like: what one returns is what the next one takes, so what it took."""
    chains: dict[tuple[str, str], list[int]] = {}
    for at, call in enumerate(calls):
        if not words[at] and begin_of(calls, at) < at and _AT.search(call.module) and _keeps_its_shape(call):
            chains.setdefault((_without_place(call.module), call.type), []).append(at)
    for chain in chains.values():
        if not any(ends[later][0] == ends[one][1] > 0 for one, later in pairwise(chain)):
            continue
        for at in chain:
            took, gave = calls[at].inputs[0], calls[at].outputs[0]
            yield from zip(gave.dims, took.dims, strict=False)
            # A block's parts are called like those of the first one: fifty equal blocks read alike.
            first = calls[chain[0]]
            for part, known in zip(calls[begin_of(calls, at) : at], words[begin_of(calls, at) : at], strict=True):
                place = part.module.removeprefix(calls[at].module)
                yield from ((own_name(part.module, word), own_name(first.module + place, word)) for word in known)


def _keeps_its_shape(call: CallRecord) -> bool:
    return bool(call.inputs and call.outputs) and call.inputs[0].shape == call.outputs[0].shape


def _without_place(module: str) -> str:
    """The path of a block in its list, whichever it is: ``blocks.3`` -> ``blocks.#``; outer places stay."""
    places = [*_AT.finditer(module)]
    return f"{module[: places[-1].start()]}.#{module[places[-1].end() :]}"

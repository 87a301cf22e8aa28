"""Fillers behind the end of sequences that a script calls padding, which a loss of the next symbols asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.padding.padded import paddings
from shapecheck.capture.instruments.padding.padding_asked import ignoring, spares
from shapecheck.capture.instruments.steps.end_symbols import ends_with_filler
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.findings import Fix


def named_filler_asked(step: Step) -> Iterator[Sighting]:
    """``cross_entropy(scores, ids[:, 1:])`` of rows that were ``words + [EOS] + [PAD] * (size - len(words))``."""
    for padding in paddings(step, named=True):
        for other in ignoring(step, padding) if padding.is_said else ():
            if ends_with_filler(step, padding, other.node) or not spares(step, padding, other.instead):
                continue
            text = (
                f"{int(padding.hidden.sum())} of {padding.hidden.numel()} positions are padding ({padding.why}), and "
                "each of them has a term of its own in the loss"
            )
            fix = Fix(other.title, other.edits, "call", "the loss asks for it no more")
            seen = sighted("padding_asked_for", other.node, text, (fix,))
            yield seen if other.place is None else replace(seen, span=other.place)
            return


PROBE = Probe(
    "what stands behind the end of a sequence is asked of nobody",
    lambda look: named_filler_asked(look.step),
    turn=Turn.LAST,
)

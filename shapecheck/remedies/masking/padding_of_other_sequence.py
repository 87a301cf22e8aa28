"""A padding mask of the other sequence: ``memory_key_padding_mask=tgt_pad`` beside a source with steps of its own."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import failed, operand, takes_samples_first
from shapecheck.reading.mismatches import sizes_of

# What hides the padding of which sequence.
_HIDES = {
    "src_key_padding_mask": ("src",),
    "tgt_key_padding_mask": ("tgt",),
    "memory_key_padding_mask": ("memory", "src"),
    "key_padding_mask": ("key",),
}
_SEVERAL = "other masks have this shape as well"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The mask that has the shape of the sequence, out of those that stand beside it or have a name there."""
    for called in (evidence.operation, failed(evidence)):
        if called is not None and called.span is not None:
            return list(_candidates(evidence, called))
    return []


def _candidates(evidence: Evidence, called: Operation) -> Iterator[Candidate]:
    for role, sequences in _HIDES.items():
        mask, sequence = operand(called, role), operand(called, *sequences)
        if mask is None or mask.span is None or sequence is None or len(sizes_of(sequence)) != 3:
            continue
        first, second = sizes_of(sequence)[:2]
        wanted = (first, second) if takes_samples_first(called) else (second, first)
        if len(sizes_of(mask)) != 2 or sizes_of(mask) == wanted:
            continue
        others = _of_shape(evidence, called, mask, wanted)
        for text in others:
            yield Candidate(
                f"{mask.expression} -> {text}",
                (Change(mask.span, text),),
                (),
                0.05,
                _SEVERAL if len(others) > 1 else "",
            )


def _of_shape(evidence: Evidence, called: Operation, mask: Argument, wanted: tuple[int, ...]) -> list[str]:
    """The expressions of masks of a shape."""
    record = mask.value.record
    given = {each.expression: each.value.record for each in called.arguments if each.span is not None}
    named = {name: value.record for name, value in evidence.held.items()}
    # What the call is given already was made for it.
    for known in (given, named):
        found = [
            text
            for text, other in known.items()
            if other is not None and record is not None and (other.shape, other.dtype) == (wanted, record.dtype)
        ]
        if found:
            return found
    return []

"""The last step of the probabilities by which the next token is drawn."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import user_sources

_LAYERS = ("LSTM", "GRU", "RNN", "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")
_UNTOLD = "the layers do not say whether the batch or the steps are first"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``probabilities[:, -1]``, or ``probabilities[-1]`` where the layers have the steps in front."""
    operation = failed(evidence, "multinomial")
    item = operand(operation, "input")
    if item is None or item.span is None or item.value.record is None or item.value.record.ndim != 3:
        return []
    calls = [call for source in user_sources(evidence) for call in source.calls(*_LAYERS)]
    # Attention by hand has the batch in front, and so do layers that say it.
    said = {says_batch_first(call) for call in calls} or {True}
    index = "[-1]" if said == {False} else "[:, -1]"
    change = suffixed(item.span, index)
    return [Candidate(change.text, (change,), (), 0.05, _UNTOLD if len(said) > 1 else "")]

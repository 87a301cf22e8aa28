"""A view that wrote down how many samples there are: what the function was given is asked for them."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.samples.swallowed_rest import swallowed_rest
from shapecheck.reading.sizes.size_texts import samples_given

CAUSE = "batch_size_written_down"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The samples of the function's own input, where its -1 made the rows of a layer as much too short."""
    found = swallowed_rest(evidence)
    if found is None:
        return []
    texts = [text for text, count in samples_given(evidence, found.place) if count == found.samples]
    return [
        Candidate(f"{found.place.text} -> {text}", (Change(found.place, text),), (), 0.05 + 0.05 * far)
        for far, text in enumerate(texts)
    ]

"""How a script writes the place of words that a table does not know: ``"<unk>"``."""

from __future__ import annotations

import re

_UNKNOWN = re.compile(r"\W*unk(nown)?\W*", re.IGNORECASE)


def is_for_unknown(word: str) -> bool:
    """Whether a key stands for all words that are not known.

    >>> is_for_unknown("<unk>"), is_for_unknown("[UNK]"), is_for_unknown("trunk")
    (True, True, False)
    """
    return _UNKNOWN.fullmatch(word) is not None

"""The words of every loss's contract are those that were read; `wording.py` says how they are kept."""

from pathlib import Path

import pytest
from wording import check_words

HERE = Path(__file__).parent / "wording"


@pytest.mark.filterwarnings("ignore")
def test_the_words_are_those_that_were_read(loss_name, drawn):
    check_words(HERE / f"{loss_name}.txt", map(drawn, range(400)))

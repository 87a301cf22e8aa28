"""Indices that are taken part by part of one whole, which has a dtype that counts no positions."""

import pytest
from mended import mended, printed

CHAIN = """
    import numpy as np

    def score(table, tags):
        total = table[tags[0]]
        for at in range(1, tags.size(0)):
            total = total + table[tags[at - 1]] * table[tags[at]]{more}
        return total.sum(0)

    tags = {made}
    print([round(each, 4) for each in score(torch.randn(8, 3), tags).tolist()])
"""
NUMBERS = "np.arange(30).reshape(6, 5) % 7"


@pytest.mark.parametrize(
    "made",
    [f"torch.from_numpy(({NUMBERS}).astype(np.uint8))", f"torch.tensor({NUMBERS}, dtype=torch.float32)"],
)
def test_the_whole_is_made_of_positions(made):
    found = mended(CHAIN.format(made=made, more=""))
    assert found.output == printed(CHAIN.format(made=f"({made}).long()", more=""))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_what_is_reckoned_with_keeps_its_numbers():
    found = mended(CHAIN.format(made=f"torch.tensor({NUMBERS}) / 1", more=" * tags[at, :1]"), most=1)
    assert found.changed == ["total = table[tags[0].long()]"]

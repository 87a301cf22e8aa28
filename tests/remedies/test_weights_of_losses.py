"""Weights of a loss that are of another dtype than the scores."""

import pytest
from mended import mended, printed

WEIGHED = """
    import numpy as np


    def rare(counts):
        return torch.from_numpy(1.0 / counts)


    counts = np.array([4, 2, 8])
    scores, labels = torch.randn(5, 3), torch.randint(0, 3, (5,))
    criterion = {made}
    print(round(criterion(scores, {target}).item(), 5))
"""


@pytest.mark.parametrize(
    ("made", "target"),
    [
        ("nn.CrossEntropyLoss(weight=rare(counts){cast})", "labels"),
        ("nn.NLLLoss(rare(counts){cast})", "labels"),
        ("nn.CrossEntropyLoss(torch.from_numpy(1.0 / counts){cast})", "labels"),
    ],
)
def test_the_weight_takes_the_dtype_of_the_scores(made, target):
    bad, good = (WEIGHED.format(made=made.format(cast=cast), target=target) for cast in ("", ".float()"))
    found = mended(bad)
    assert found.diagnoses[0].slug == "weight_of_other_dtype"
    assert found.changed == [f"criterion = {made.format(cast='.float()')}"]
    assert found.output == printed(good)

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


PLACES = """
    torch.manual_seed(1)
    scores, labels, weight = torch.randn(4, 5, {places}), torch.rand(4, 5, {places}).round(), torch.rand(5)
    print(nn.BCEWithLogitsLoss(pos_weight={weight})(scores, labels).item())
"""


@pytest.mark.parametrize(("places", "right"), [("7", "weight.view(-1, 1)"), ("7, 3", "weight.view(-1, 1, 1)")])
def test_a_weight_for_each_class_is_spread_over_the_places(places, right):
    found = mended(PLACES.format(places=places, weight="weight"))
    assert found.changed == [f"print(nn.BCEWithLogitsLoss(pos_weight={right})(scores, labels).item())"]
    assert found.output == printed(PLACES.format(places=places, weight=right))
    assert found.doubts == []


def test_a_weight_of_another_number_is_not_spread():
    found = mended(PLACES.replace("torch.rand(5)", "torch.rand(6)").format(places="7", weight="weight"), most=1)
    assert not any(".view(-1" in fix.title for each in found.diagnoses for fix in each.fixes)

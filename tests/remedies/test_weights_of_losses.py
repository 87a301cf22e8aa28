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


BALANCED = """
    def judged(scores, labels):
        {counted}
        return {loss}

    net, found = nn.Linear(6, 5), []
    for labels in (torch.tensor([0, 1, 2, 3, 4, 4]), torch.tensor([3, 0, 1, 3])):
        found.append(round(judged(net(torch.randn(len(labels), 6)), labels).item(), 4))
    print(found)
"""
ALL = "torch.arange(5)"
COUNTED = [
    "w = torch.stack([1 / (1.0 + (labels == c).sum()) for c in {0}])",
    "classes = {0}; w = torch.stack([(labels != c).float().mean() for c in classes])",
    "classes = {0}\n        w = torch.tensor([1 / (1 + (labels == c).sum().item()) for c in classes])",
]


@pytest.mark.parametrize("present", ["labels.unique()", "torch.unique(labels)"])
@pytest.mark.parametrize("counted", COUNTED)
@pytest.mark.parametrize(
    "loss", ["nn.CrossEntropyLoss(weight=w)(scores, labels)", "F.cross_entropy(scores, labels, w)"]
)
def test_classes_that_a_batch_has_none_of_are_weighed_as_well(present, counted, loss):
    texts = [BALANCED.format(counted=counted.format(each), loss=loss) for each in (present, ALL)]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_classes_that_are_counted_with_how_often_they_come_are_left():
    counted = "classes, often = labels.unique(return_counts=True); w = 1.0 / often"
    assert "arange" not in mended(BALANCED.format(counted=counted, loss="F.cross_entropy(scores, labels, w)")).text

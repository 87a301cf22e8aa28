"""What is turned before it is laid flat beside what is not, and lengths of CTC in each other's place."""

import pytest
from mended import mended, printed

FLAT = """
    scores, labels = torch.randn({scores}, 4), torch.randint(0, 4, ({labels}))
    print(F.cross_entropy(scores{turn}.view(-1, 4), labels{cut}.{flat}))
"""


@pytest.mark.parametrize(("labels", "cut"), [("5, 3", ""), ("6, 3", "[1:]"), ("7, 3", "[1:-1]")])
@pytest.mark.parametrize("flat", ["view(-1)", "flatten()"])
def test_what_its_labels_are_not_is_not_turned(labels, cut, flat):
    of = {"scores": "5, 3", "labels": labels, "cut": cut, "flat": flat}
    found = mended(FLAT.format(turn=".transpose(0, 1)", **of))
    assert found.output == printed(FLAT.format(turn="", **of))
    assert not found.doubts


def test_labels_that_lie_as_what_is_turned_leave_it_turned():
    of = {"scores": "5, 3", "labels": "3, 5", "cut": "", "flat": "view(-1)"}
    found = mended(FLAT.format(turn=".transpose(0, 1)", **of))
    assert ".contiguous()" in found.changed[0] or ".reshape(" in found.changed[0]


CTC = """
    spoken, heard = torch.tensor([4, 2, 3]), torch.tensor([11, 12, 9])
    scores = torch.randn(12, 3, 6).log_softmax(-1)
    said = torch.randint(1, 6, ({said}))
    print(F.ctc_loss(scores, said, {given}))
"""


@pytest.mark.parametrize("said", ["9,", "3, 4"])
def test_the_lengths_of_the_scores_come_first(said):
    found = mended(CTC.format(said=said, given="spoken, heard"))
    assert found.output == printed(CTC.format(said=said, given="heard, spoken"))
    assert not found.doubts


def test_lengths_that_fit_neither_way_are_not_exchanged():
    found = mended(CTC.format(said="8,", given="spoken, heard"), most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)

"""One number where rows are read: the axis that a squeeze lost, or one of its own."""

import pytest
from mended import mended, printed

COUNTED = """
    def score(net, x):
        return net(x){last}

    def hits(guess, labels):
        {read}

    net, found = nn.Linear(4, 1), 0
    for x, y in {data}:
        guess = (score(net, x) > 0).long()
        found += hits(guess, y)
    print(found)
"""
SPLIT = "zip(torch.randn(5, 4).split(2), torch.randint(0, 2, (5,)).split(2))"
STUDIES = "zip(torch.randn(5, 3, 4), torch.randint(0, 2, (5, 1)))"
READS = [
    "return sum(int(a == b) for a, b in zip(guess, labels))",
    "return sum(int(each) for each in guess)",
    "return len(guess)",
    "return guess.shape[0]",
    "return guess.size(0)",
    "return guess[0].item()",
    "assert guess.shape[0] == labels.shape[0]; return (guess == labels).sum().item()",
]


@pytest.mark.parametrize("read", READS)
def test_a_squeeze_keeps_the_axis_of_the_last_sample(read):
    texts = [COUNTED.format(last=last, read=read, data=SPLIT) for last in (".squeeze()", ".squeeze(1)")]
    found = mended(texts[0])
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.output == printed(texts[1])


@pytest.mark.parametrize("read", READS)
def test_the_mean_of_one_study_is_a_row_beside_its_one_label(read):
    texts = [COUNTED.format(last=last, read=read, data=STUDIES) for last in (".mean()", ".mean().view(1)")]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_beside_several_labels_the_mean_may_be_meant_of_each():
    text = COUNTED.format(last=".mean()", read=READS[2], data=STUDIES.replace("(5, 1)", "(5, 3)"))
    found = mended(text)
    assert found.changed == ["guess = (score(net, x) > 0).long().unsqueeze(0)"]
    assert found.doubts == ["the mean or the sum of all may have been meant to be one of each row"]


def test_another_tuple_that_is_too_short_is_left():
    found = mended("print((3, 4)[2])", most=1)
    assert not any("unsqueeze" in fix.title for each in found.diagnoses for fix in each.fixes)

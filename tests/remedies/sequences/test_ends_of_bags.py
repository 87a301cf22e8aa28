"""Where bags of tokens begin, with the end of the last one among them; and rows of scores that are no bags."""

import pytest
from mended import mended, printed

BAGS = """
    texts, labels = [[4, 7, 2], [5, 6], [9, 1, 1, 3]], torch.tensor([0, 2, 1])
    ids, bag, head = torch.tensor(sum(texts, [])), {bag}, nn.Linear(6, 3)
    starts = [0]
    for text in texts:
        starts.append(len(text))
    offsets = {offsets}
    print(F.cross_entropy(head(bag(ids, offsets)), labels).item())
"""
BAG = "nn.EmbeddingBag(10, 6)"


@pytest.mark.parametrize(
    "offsets",
    [
        "torch.tensor(starts).cumsum(0)",
        "torch.cumsum(torch.tensor([0] + [len(text) for text in texts]), dim=0)",
        "torch.tensor([sum(starts[:at + 1]) for at in range(4)])",
    ],
)
def test_the_end_of_the_last_bag_begins_none(offsets):
    found = mended(BAGS.format(bag=BAG, offsets=offsets), most=1)
    assert found.diagnoses[0].slug == "other_number_of_samples"
    assert found.output == printed(BAGS.format(bag=BAG, offsets=f"({offsets})[:-1]"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("bag", "offsets"),
    [
        (BAG, "torch.tensor([0, 2, 5, 7])"),
        (BAG, "torch.tensor(starts + [1]).cumsum(0)"),
        ("lambda ids, starts: torch.rand(len(starts), 6)", "torch.tensor(starts).cumsum(0)"),
    ],
    ids=["other starts", "more of them", "no bags"],
)
def test_other_rows_are_left(bag, offsets):
    found = mended(BAGS.format(bag=bag, offsets=offsets), most=1)
    assert not any("[:-1]" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)

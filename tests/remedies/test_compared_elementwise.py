"""The larger and the smaller of two tensors, number by number, and what is compared and then kept."""

import pytest
from mended import mended, printed

BOXES = """
    def overlap(a, b):
        low = {low}
        high = torch.min(a[:, None, 2:], b[:, 2:])
        return (high - low).clamp(min=0).prod(-1)


    torch.manual_seed(2)
    corners, others = torch.rand(7, 2), torch.rand(4, 2)
    found = overlap(torch.cat([corners, corners + 0.5], 1), torch.cat([others, others + 0.6], 1))
    print(found.shape, round(found.sum().item(), 4))
"""


@pytest.mark.parametrize("name", ["max", "maximum"])
def test_each_box_with_each_other(name):
    found = mended(BOXES.format(low=f"torch.{name}(a[:, :2], b[:, :2])"))
    assert found.changed == [f"low = torch.{name}(a[:, :2].unsqueeze(1), b[:, :2])"]
    assert found.output == printed(BOXES.format(low="torch.max(a[:, None, :2], b[:, :2])"))


BEST = """
    torch.manual_seed(2)
    best, at = 0.0, -1
    for round_, scores in enumerate(torch.rand(5, 3)):
        score = scores * {weight}
        if score > best:
            {kept}
    print(at, round(float(best), 4))
"""


ONE = ("scores * 0.5", "scores.mean() * 0.5")


def test_what_is_kept_as_the_best_is_one_number_where_it_is_made():
    found = mended(BEST.format(weight="0.5", kept="best, at = score, round_"))
    assert found.changed == ["score = (scores * 0.5).mean()"]
    assert found.output == printed(BEST.format(weight="0.5", kept="best, at = score, round_").replace(*ONE))


def test_what_is_only_compared_is_one_number_there():
    assert mended(BEST.format(weight="0.5", kept="at = round_")).changed == ["if score.mean() > best:"]

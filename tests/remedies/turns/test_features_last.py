"""Classes and features that lie last, beside maps and scores that have them in front of their places."""

import pytest
from mended import mended, printed

DICE = """
    class Dice(nn.Module):
        def forward(self, logits, mask):
            p = {p}
            t = {t}
            return 1 - (2 * (p * t).sum((2, 3)) / (p.sum((2, 3)) + t.sum((2, 3)) + 1)).mean()

    torch.manual_seed(1)
    logits = torch.randn(2, 4, 6, {wide})
    print(round(Dice()(logits, torch.randint(0, 4, (2, 6, {wide}))).item(), 4))
"""


@pytest.mark.parametrize("wide", [9, 6])
@pytest.mark.parametrize("one_hot", ["F.one_hot(mask, 4).float()", "torch.eye(4)[mask]"])
def test_one_hot_classes_go_where_the_scores_have_theirs(one_hot, wide):
    found = mended(DICE.format(p="logits.softmax(1)", t=one_hot, wide=wide))
    assert found.output == printed(DICE.format(p="logits.softmax(1)", t=f"{one_hot}.permute(0, 3, 1, 2)", wide=wide))
    assert not found.doubts


def test_a_convolution_has_its_channels_second():
    text = """
        net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Sigmoid())
        out = net(torch.randn(2, 3, 6, 9))
        told = F.one_hot(torch.randint(0, 4, (2, 6, 9)), 4).float(){}
        print(round(F.mse_loss(out, told).item(), 4))
    """
    found = mended(text.format(""))
    assert found.output == printed(text.format(".permute(0, 3, 1, 2)"))
    assert not found.doubts


def test_scores_of_unknown_make_may_be_what_is_to_be_turned():
    found = mended(DICE.format(p="torch.sigmoid(logits)", t="F.one_hot(mask, 4).float()", wide=9))
    assert found.doubts == ["the other one may have its features in the wrong place, and be what is to be turned"]


BIAS = """
    class Bias(nn.Module):
        def __init__(self, heads, size):
            super().__init__()
            self.size, self.table = size, nn.Embedding(2 * size - 1, heads)

        def forward(self, count, more):
            gaps = torch.arange(count)[None, :] - torch.arange(count + more)[:, None]
            return self.table(gaps + self.size - 1){turn}

    bias, scores = Bias(4, 12), torch.randn(3, 4, 7 + {more}, 7)
    print(round(((scores + bias(7, {more})).softmax(-1) ** 2).sum().item(), 4))
"""


@pytest.mark.parametrize("more", [0, 2])
def test_a_table_with_a_number_for_each_head(more):
    found = mended(BIAS.format(turn="", more=more))
    assert found.output == printed(BIAS.format(turn=".permute(2, 0, 1)", more=more))
    assert not found.doubts


def test_heads_that_are_another_number_are_not_turned():
    found = mended(BIAS.format(turn="", more=0).replace("Bias(4, 12)", "Bias(5, 12)"), most=1)
    assert not any("permute" in fix.title for fix in found.diagnoses[0].fixes)


def test_maps_with_channels_last_are_no_table():
    found = mended("print((torch.randn(2, 4, 6, 9) * torch.rand(2, 6, 9, 4)).sum().item())", most=1)
    assert not any("permute" in fix.title for fix in found.diagnoses[0].fixes)


def test_positions_along_both_sides_are_looked_up_and_added():
    text = """
        class Net(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.conv, self.rows, self.cols = nn.Conv2d(3, d, 1), nn.Embedding(20, d), nn.Embedding(20, d)

            def forward(self, x):
                high, wide = x.shape[2:]
                at = self.rows(torch.arange(high))[:, None] + self.cols(torch.arange(wide))[None]
                return self.conv(x) + at{turn}

        print(round(Net(6)(torch.randn(2, 3, 5, 7)).sum().item(), 3))
    """
    found = mended(text.format(turn=""))
    assert found.output == printed(text.format(turn=".permute(2, 0, 1)"))
    assert not found.doubts


def test_a_sum_for_a_layer_that_reads_features_last_leaves_it_open():
    program = """
    table, maps = nn.Embedding(10, 9), nn.Conv2d(4, 9, 3, padding=1)
    both = table(torch.randint(0, 10, (2, 6, 5))) + maps(torch.randn(2, 4, 6, 5))
    print(nn.Linear(9, 3)(both.flatten(1, 2)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == [
        "both = table(torch.randint(0, 10, (2, 6, 5))).permute(0, 3, 1, 2) + maps(torch.randn(2, 4, 6, 5))"
    ]
    assert found.doubts == ["the other one may have its features in the wrong place, and be what is to be turned"]

"""What was reduced along another axis than it meets is without, or along the very one that a layer reads."""

import pytest
from mended import mended, printed

MET = """
    torch.manual_seed(2)
    x, mean = torch.randn(4, 7, 3), torch.randn({met})
    gone = {gone}
    print((gone - mean).abs().sum().item())
"""
READ = """
    torch.manual_seed(2)
    lstm, fc = nn.LSTM(3, 6, batch_first=True), nn.Linear(6, 2)
    out, _ = lstm(torch.randn(4, 7, 3))
    gone = {gone}
    print(fc(gone).sum().item())
"""


@pytest.mark.parametrize(
    ("met", "wrong", "right"),
    [
        ("4, 7", "x.mean(1)", "x.mean(2)"),
        ("4, 3", "x.sum(dim=-1)", "x.sum(dim=1)"),
        ("7, 3", "torch.sum(x, 1)", "torch.sum(x, 0)"),
        ("4, 7", "torch.amax(x, dim=0)", "torch.amax(x, dim=2)"),
        ("4, 3", "x.max(2)[0]", "x.max(1)[0]"),
        ("4, 3", "x.norm(2, dim=2)", "x.norm(2, dim=1)"),
    ],
)
def test_it_is_reduced_along_the_axis_that_the_other_is_without(met, wrong, right):
    found = mended(MET.format(met=met, gone=wrong), most=1)
    assert found.output == printed(MET.format(met=met, gone=right))
    assert found.diagnoses[0].slug == "reduced_along_other_axis"
    assert not found.doubts


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("out.mean(2)", "out.mean(1)"),
        ("torch.mean(out, dim=-1)", "torch.mean(out, dim=1)"),
        ("out.max(2)[0]", "out.max(1)[0]"),
    ],
)
def test_what_a_layer_reads_is_not_reduced(wrong, right):
    found = mended(READ.format(gone=wrong), most=1)
    assert found.output == printed(READ.format(gone=right))
    assert not found.doubts


def test_where_two_axes_are_alike_either_may_be_meant():
    found = mended(MET.format(met="7, 3", gone="x.mean(2)").replace("torch.randn(4, 7, 3)", "torch.randn(7, 7, 3)"))
    assert all("either" in each for each in found.doubts)
    assert found.doubts


TERMS = """
    def total(guess, x, rate):
        gap = ((guess - x) ** 2).{gap}
        size = rate.abs().{size}
        return {out}

    torch.manual_seed(1)
    print(round(total(torch.randn(6, 5, 3), torch.randn(6, 5, 3), torch.randn(6, 4)).item(), 4))
"""


@pytest.mark.parametrize(
    ("wrong", "right", "size", "out"),
    [
        ("sum(1)", "sum((1, 2))", "sum(1)", "(gap + 0.1 * size).mean()"),
        ("sum(dim=2)", "sum(dim=(1, 2))", "sum(dim=1)", "(size + gap).mean()"),
        ("mean(-1)", "mean((1, 2))", "mean(-1)", "(gap - size).sum()"),
    ],
)
def test_the_parts_of_a_loss_are_each_one_number_a_sample(wrong, right, size, out):
    found = mended(TERMS.format(gap=wrong, size=size, out=out))
    assert found.output == printed(TERMS.format(gap=right, size=size, out=out))
    assert not found.doubts


@pytest.mark.parametrize(
    ("size", "out"),
    [("sum(1)", "(gap * size).mean()"), ("sum(1)", "(gap + size).std()"), ("select(1, 0)", "(gap + size).mean()")],
)
def test_a_number_a_sample_may_go_with_each_of_its_features(size, out):
    found = mended(TERMS.format(gap="sum(1)", size=size, out=out))
    assert "(1, 2)" not in found.text

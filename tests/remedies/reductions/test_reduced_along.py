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

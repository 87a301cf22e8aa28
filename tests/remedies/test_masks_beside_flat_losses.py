"""A mask that keeps batch and time apart, where the losses have them merged."""

import pytest
from mended import mended, printed

PROGRAM = """
    def masked(scores, labels):
        losses = F.cross_entropy(scores.reshape(-1, 9), {labels}, reduction="none")
        mask = {mask}
        return {loss}

    net = nn.Linear(4, 9)
    x, y = torch.randn(6, 5, 4), torch.randint(0, 9, (6, 5))
    print(masked({scores}, y).item())
"""
MASK = "(labels != 0).float()"


@pytest.mark.parametrize(
    ("labels", "mask", "loss"),
    [
        ("labels.reshape(-1)", MASK, "(losses * mask).sum() / mask.sum()"),
        ("labels.flatten()", "labels > 0", "losses[mask].mean()"),
        ("labels.view(-1)", "labels.ne(0)", "torch.where(mask, losses, torch.zeros(1)).sum()"),
        ("labels.view(-1)", "labels.ne(0)", "losses.masked_select(mask).sum()"),
        ("labels.reshape(-1)", "labels.eq(0)", "losses.masked_fill(mask, 0.0).sum()"),
    ],
)
def test_the_mask_is_merged_as_well(labels, mask, loss):
    options = {"labels": labels, "loss": loss, "scores": "net(x)"}
    found = mended(PROGRAM.format(mask=mask, **options), most=1)
    assert [line.partition(" = ")[0] for line in found.changed] == ["mask"]
    assert found.output == printed(PROGRAM.format(mask=f"({mask}).reshape(-1)", **options))
    assert not found.doubts


def test_losses_of_another_order_leave_a_doubt():
    options = {"labels": "labels.t().reshape(-1)", "loss": "(losses * mask).sum()", "scores": "net(x).transpose(0, 1)"}
    found = mended(PROGRAM.format(mask=MASK, **options), most=1)
    assert found.changed == ["mask = (labels != 0).float().reshape(-1)"]
    assert found.doubts == [
        "its numbers may have to be merged in another order than they lie in, with another axis first"
    ]


def test_a_mask_of_other_numbers_is_not_merged():
    options = {"labels": "labels.reshape(-1)", "loss": "(losses * mask).sum()", "scores": "net(x)"}
    found = mended(PROGRAM.format(mask="(labels[:, 1:] != 0).float()", **options), most=1)
    assert not any("reshape(-1)" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(("laid", "is_sure"), [("labels.t()", False), ("labels.clone()", True)])
def test_losses_of_as_many_steps_as_samples_show_no_other_order(laid, is_sure):
    program = """
        labels = torch.randint(0, 9, (4, 4))
        laid = {laid}
        losses = F.cross_entropy(torch.randn(16, 9), laid.reshape(-1), reduction="none")
        mask = (labels != 0).float()
        print((losses * mask).sum().item())
    """
    found = mended(program.format(laid=laid), most=1)
    assert bool(found.doubts) is not is_sure

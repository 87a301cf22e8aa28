"""One number asked of those of all samples: that of the round at hand, and no mean of counts for sure."""

import pytest
from mended import mended, printed

PROGRAM = """
    boxes, images = torch.tensor([[2.0, 9.0], [4.0, 8.0], [3.0, 7.0]]), torch.rand(3, 5)
    counts = boxes[:, 0]
    for {head}:
        count = int({asked}.item())
        print(images[at, :count].sum().item())
"""


@pytest.mark.parametrize(
    "head", ["at in range(len(images))", "at in range(images.size(0))", "at, _ in enumerate(boxes)"]
)
@pytest.mark.parametrize(("asked", "meant"), [("boxes[:, 0]", "boxes[at, 0]"), ("counts", "counts[at]")])
def test_it_is_that_of_the_round(head, asked, meant):
    found = mended(PROGRAM.format(head=head, asked=asked), most=1)
    assert found.changed == [f"count = int({meant}.item())"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(head=head, asked=meant))


@pytest.mark.parametrize("asked", ["counts", "counts.long()"])
def test_where_no_loop_counts_the_samples_the_mean_is_in_doubt(asked):
    program = PROGRAM.format(head="at in range(2)", asked=asked)
    assert mended(program, most=1).doubts


def test_the_mean_of_answers_and_of_losses_is_what_was_meant():
    program = "right = torch.tensor([1, 0, 2]) == torch.tensor([1, 2, 2])\nprint(right{}.item())"
    found = mended(program.format(""), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(".float().mean()"))

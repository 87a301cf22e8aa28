"""A long row that is cut into equal parts and leaves a rest."""

import pytest
from mended import mended, printed

PROGRAM = """
    def batched(data, {name}):
        length = {length}
        return data.view({sizes}).t().contiguous()

    rows = batched(torch.arange({count}), 4)
    print(rows.shape, rows.sum().item())
"""


@pytest.mark.parametrize(
    ("name", "sizes", "right"),
    [
        ("n", "n, length", "data[: n * length].view(n, length)"),
        ("bsz", "bsz, -1", "data[: length * bsz].view(bsz, -1)"),
    ],
)
def test_the_rest_is_left_out(name, sizes, right):
    wrong = PROGRAM.format(name=name, length=f"len(data) // {name}", sizes=sizes, count=103)
    found = mended(wrong)
    assert found.output == printed(wrong.replace(f"data.view({sizes})", right))
    assert not found.doubts


def test_parts_that_are_not_known_to_be_samples_may_be_others():
    found = mended(PROGRAM.format(name="width", length="0", sizes="-1, width", count=103))
    assert found.changed == ["return data[:len(data) // width * width].view(-1, width).t().contiguous()"]
    assert found.doubts == ["the row may hold as many numbers as it should, and be meant to be cut into other parts"]


def test_a_length_that_is_not_reckoned_of_the_row_is_left():
    wrong = PROGRAM.format(name="n", length="25 + n - n", sizes="n, length", count=103)
    found = mended(wrong, most=1)
    assert not any("data[:" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_batch_that_is_smaller_than_the_others_is_not_cut():
    program = """
    net, batch_size, total = nn.Linear(5, 3), 4, 0
    for x in torch.rand(10, 5).split(batch_size):
        scores = net(x).flatten()
        total += scores.view(batch_size, -1).amax(1).sum().item()
    print(round(total, 4))
    """
    found = mended(program, most=1)
    right = printed(program.replace("view(batch_size, -1)", "view(x.size(0), -1)"))
    assert found.output == right or found.doubts


def test_a_row_that_was_made_flat_may_have_other_samples():
    program = "x, batch = torch.arange(18).view(6, 3), 4\n    flat = x.flatten()\n    print(flat.view(batch, -1).shape)"
    found = mended(f"    {program}", most=1)
    assert found.output != "crashed"
    assert found.doubts

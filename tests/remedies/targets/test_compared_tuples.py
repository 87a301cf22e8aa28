"""What max gave is a tuple, and a tuple is no guess."""

import pytest
from mended import mended, printed

PROGRAM = """
    scores, labels = nn.Linear(4, 3)(torch.randn(6, 4)), torch.randint(3, (6,))
    best = {made}
    print(round(float({read}), 4))
"""


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("scores.max(1)", "scores.max(1)[1]"),
        ("torch.max(scores.detach(), 1)", "torch.max(scores.detach(), 1)[1]"),
        ("scores.topk(1, dim=1)[1].squeeze(1).sort()", None),
    ],
)
@pytest.mark.parametrize("read", ["(best == labels).float().mean()", "(labels == best).sum().item() / len(labels)"])
def test_the_places_are_what_is_compared(made, right, read):
    found = mended(PROGRAM.format(made=made, read=read), most=1)
    assert found.diagnoses[0].slug == "tuple_not_unpacked"
    if right is None:
        assert not found.diagnoses[0].fixes, "both are whole numbers, and nothing says which was meant"
    else:
        assert found.changed == [f"best = {right}"]
        assert found.output == printed(PROGRAM.format(made=right, read=read))


def test_a_truth_value_that_no_tuple_made():
    program = """
        best, labels = 3, torch.randint(3, (6,))
        print((best == len(labels)).float())
    """
    assert mended(program, most=1).diagnoses[0].slug != "tuple_not_unpacked"


@pytest.mark.parametrize(("beside", "at"), [("torch.randint(3, (6,)).float()", 1), ("torch.rand(6)", 0)])
def test_labels_that_are_floats_are_compared_with_the_places(beside, at):
    program = PROGRAM.replace("torch.randint(3, (6,))", beside).format(
        made="scores.max(1)", read="(best == labels).sum()"
    )
    assert mended(program, most=1).changed == [f"best = scores.max(1)[{at}]"]

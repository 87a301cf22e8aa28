"""Tensors without axes that are joined along an axis."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(0)
    kept = []
    layer = nn.Linear(5, 3)
    for rows in torch.randn(4, 7, 5):
        scores = layer(rows)
        kept.append({part})
    print({join}, len(kept))
"""


@pytest.mark.parametrize(
    ("part", "call"),
    [
        ("scores.pow(2).mean()", "torch.{}(kept).sum().item()"),
        ("scores.detach().sum()", "torch.mean(torch.{}(kept, dim=0)).item()"),
        ("scores[2, 1]", "torch.{}([*kept, kept[0]], -1).shape"),
        ("rows[0].argmax(dim=-1)", "torch.{}([each for each in kept]).tolist()"),
    ],
)
def test_numbers_are_stacked(part, call):
    found = mended(PROGRAM.format(part=part, join=call.format("cat")), most=1)
    assert found.diagnoses[0].slug == "numbers_joined"
    assert found.output == printed(PROGRAM.format(part=part, join=call.format("stack")))
    assert not found.doubts


def test_arrays_of_one_number_are_stacked():
    program = PROGRAM.replace("kept = []", "import numpy as np; kept = []")
    part = "scores.detach().mean().numpy()"
    found = mended(program.format(part=part, join="np.concatenate(kept).sum()"), most=1)
    assert found.output == printed(program.format(part=part, join="np.stack(kept).sum()"))
    assert not found.doubts


def test_one_class_of_a_whole_batch_may_be_meant_for_each_sample():
    found = mended(PROGRAM.format(part="scores.argmax()", join="torch.cat(kept).shape"), most=1)
    assert found.output == printed(PROGRAM.format(part="scores.argmax(-1)", join="torch.cat(kept).shape"))
    assert found.doubts


def test_the_squeeze_of_a_batch_of_one_is_told_instead():
    program = PROGRAM.replace("4, 7, 5", "4, 1, 5").replace("(5, 3)", "(5, 1)")
    join = "torch.cat(kept).shape"
    found = mended(program.format(part="scores.squeeze()", join=join), most=1)
    assert found.output == printed(program.format(part="scores.squeeze(-1)", join=join))


@pytest.mark.parametrize("part", ["scores[2, 1], scores[0]", "scores[0], scores[2, 1]"])
def test_a_number_among_vectors_is_another_mistake(part):
    found = mended(PROGRAM.format(part="scores", join=f"torch.cat([{part}]).shape"))
    assert found.diagnoses[0].slug == "joined_axes_differ"

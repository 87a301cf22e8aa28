"""A Bilinear that was told another width than one of its two tensors has, or beside one that has an axis more."""

import pytest
from mended import mended, printed

NET = """
    class Config:
        width = 6
        deep = 9
        kinds = 4

    class Match(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.left, self.right = nn.Linear(5, cfg.width), nn.Linear(5, {right})
            self.norms = nn.LayerNorm(cfg.width), nn.LayerNorm(cfg.deep)
            self.score = nn.Bilinear({told}, cfg.kinds)

        def forward(self, a, b):
            a, b = self.left(a), self.right(b)
            return F.log_softmax(self.score({given}), dim=-1)

    scores = Match(Config)(torch.randn(3, 5), torch.randn(3, {steps}5))
    print(F.nll_loss(scores, torch.tensor([1, 0, 3])).shape, scores.shape)
"""


@pytest.mark.parametrize(
    ("right", "wrong", "good"),
    [
        ("cfg.deep", "cfg.width, cfg.width", "cfg.width, cfg.deep"),
        ("cfg.deep", "cfg.deep, cfg.deep", "cfg.width, cfg.deep"),
        ("cfg.width", "cfg.width, cfg.deep", "cfg.width, cfg.width"),
    ],
)
def test_it_is_told_the_width_that_came(right, wrong, good):
    given = {"right": right, "given": "a, b", "steps": ""}
    found = mended(NET.format(told=wrong, **given))
    assert found.output == printed(NET.format(told=good, **given))
    assert not found.doubts
    assert found.changed == [f"self.score = nn.Bilinear({good}, cfg.kinds)"]


@pytest.mark.parametrize(("steps", "given"), [("1, ", "a, b"), ("1, ", "a, b * 2")])
def test_an_axis_of_one_that_the_scores_are_not_to_have_is_dropped(steps, given):
    program = NET.format(told="cfg.width, cfg.deep", right="cfg.deep", given=given, steps=steps)
    found = mended(program)
    assert not found.doubts
    assert found.output == printed(program.replace("self.score(a, b", "self.score(a, b.squeeze(1)"))


def test_where_either_would_do_it_is_in_doubt():
    program = NET.format(told="cfg.width, cfg.deep", right="cfg.deep", given="a, b", steps="1, ")
    program = program[: program.index("    print")] + "    print(scores.sum().shape)\n"
    found = mended(program)
    assert found.output == "torch.Size([])\n"
    assert found.doubts

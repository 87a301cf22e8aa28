"""Numbers drawn in the shape of another tensor than the one that they meet."""

import pytest
from mended import mended, printed

SAMPLED = """
    h, spread = torch.rand(7, 30), torch.rand(7, 6)
    {line}
    print(round(z.sum().item(), 4))
"""


@pytest.mark.parametrize(
    "line",
    [
        "z = spread.exp() * torch.randn_like({})",
        "eps = torch.randn_like({}); z = eps * spread",
        "z = torch.zeros_like({}) + torch.exp(0.5 * spread)",
    ],
)
def test_they_are_drawn_like_what_they_meet(line):
    found = mended(SAMPLED.format(line=line.format("h")), most=1)
    assert found.output == printed(SAMPLED.format(line=line.format("spread")))
    assert not found.doubts


def test_a_name_that_comes_later_is_not_read():
    program = "h = torch.rand(7, 30)\n    eps = torch.randn_like(h)\n    late = torch.rand(7, 6)\n    z = eps * late"
    found = mended(SAMPLED.format(line=program), most=1)
    assert "randn_like(late)" not in [fix.title for each in found.diagnoses for fix in each.fixes]


def test_two_names_that_fit_leave_it_open():
    program = "other = torch.rand(7, 6)\n    z = (spread + other) * torch.randn_like(h)"
    found = mended(SAMPLED.format(line=program), most=1)
    assert not any("randn_like(" in fix.title for each in found.diagnoses for fix in each.fixes)


MASKED = """
    wave = torch.randn(4, 60)
    x = nn.Conv1d(1, 5, 6, 3)(wave.unsqueeze(1)).transpose(1, 2)
    {more}
    masked = torch.rand({given}) < 0.4
    print(x[masked].shape, round(x[masked].sum().item(), 4))
"""


@pytest.mark.parametrize("given", ["wave.shape", "wave.size()"])
def test_a_mask_is_drawn_for_what_it_picks_from(given):
    found = mended(MASKED.format(given=given, more=""))
    assert found.output == printed(MASKED.format(given="x.shape[:2]", more=""))
    assert not found.doubts


def test_a_mask_of_written_sizes_is_left():
    found = mended(MASKED.format(given="4, 60", more=""), most=1)
    assert not any("x.shape" in fix.title for fix in found.diagnoses[0].fixes)


ADDED = """
    import math
    actor = nn.Linear(5, 3)
    state = torch.rand(7, 5)
    moves = {moves}
    {line}
    print(round(z.sum().item(), 4))
"""


@pytest.mark.parametrize(
    "line",
    [
        "noise = (0.2 * {}).clamp(-0.5, 0.5); z = moves + noise",
        "z = moves - 0.1 * {}",
    ],
)
@pytest.mark.parametrize("counted", ["len(moves)", "moves.size(0)"])
def test_what_is_added_to_the_output_of_a_layer_is_drawn_for_each_number(line, counted):
    moves = "torch.tanh(actor(state)); moves = actor(state)"
    wrong = ADDED.format(moves=moves, line=line.format(f"torch.randn({counted})"))
    found = mended(wrong, most=1)
    assert found.output == printed(ADDED.format(moves=moves, line=line.format("torch.randn_like(moves)")))
    assert not found.doubts


@pytest.mark.parametrize(
    ("moves", "line"),
    [
        ("torch.sin(torch.arange(21.0)).view(7, 3)", "z = moves + torch.randn(len(moves))"),
        ("actor(state)", "z = moves + torch.randn(len(state))"),
    ],
)
def test_one_for_each_row_may_be_meant(moves, line):
    assert mended(ADDED.format(moves=moves, line=line), most=1).doubts


@pytest.mark.parametrize("line", ["z = moves * torch.rand(len(moves))", "z = moves + torch.rand(len(moves))"])
def test_other_numbers_are_one_for_each_row(line):
    found = mended(ADDED.format(moves="actor(state)", line=line), most=1)
    right = line.replace("torch.rand(len(moves))", "torch.rand(len(moves)).unsqueeze(1)")
    assert found.output == printed(ADDED.format(moves="actor(state)", line=right))
    assert not found.doubts


def test_one_strength_for_each_row_leaves_what_it_makes_stronger():
    wrong = "h, strength = torch.rand(7, 30), torch.rand(7)\n    z = h + strength{} * torch.randn_like(h)"
    found = mended(SAMPLED.format(line=wrong.format("")))
    assert found.output == printed(SAMPLED.format(line=wrong.format("[:, None]")))
    assert not found.doubts

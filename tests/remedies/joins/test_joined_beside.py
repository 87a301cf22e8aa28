"""One list of steps that is joined in another way than the lists beside it."""

import pytest
from mended import mended, printed

WALK = """
    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(4, 1)

        def forward(self, seen):
            return self.out(seen).squeeze(-1)


    def collect(critic, steps=5):
        guesses, prizes, ends = [], [], []
        for _ in range(steps):
            seen = torch.randn(3, 4)
            guesses.append(critic(seen))
            prizes.append(seen.sum(1))
            ends.append((seen[:, 0] > 0).float())
        {joined}


    got = collect(Critic())
    {taken}
    print(round((({left}) {by} ({right})).square().mean().item(), 4))
"""
TUPLE = "return torch.cat(guesses), torch.stack(prizes), torch.stack(ends)"
DICT = "return {'guesses': torch.cat(guesses, dim=0), 'prizes': torch.stack(prizes), 'ends': torch.stack(ends, dim=0)}"
LINES = (
    "guesses = torch.concat(guesses)\n        prizes = torch.stack(prizes)\n        ends = torch.stack(ends)\n        "
)
LINES += "return guesses, prizes, ends"
SIDES = {"left": "prizes * (1 - ends)", "right": "guesses", "by": "-"}
ALL = "guesses, prizes, ends = got"


@pytest.mark.parametrize(
    ("joined", "taken", "sides", "old", "new"),
    [
        (TUPLE, ALL, SIDES, "torch.cat(", "torch.stack("),
        (TUPLE, ALL, {**SIDES, "right": "guesses.detach()"}, "torch.cat(", "torch.stack("),
        (DICT, "prizes, guesses, ends = got['prizes'], got['guesses'], got['ends']", SIDES, "cat(", "stack("),
        (LINES, ALL, {"left": "guesses", "right": "prizes", "by": "*"}, "torch.concat(", "torch.stack("),
        (
            "return torch.cat(guesses), torch.stack(prizes), torch.cat(ends)",
            ALL,
            {"left": "guesses * ends", "right": "prizes", "by": "-"},
            "torch.stack(",
            "torch.cat(",
        ),
    ],
)
def test_it_is_joined_as_they_are(joined, taken, sides, old, new):
    bad = WALK.format(joined=joined, taken=taken, **sides)
    found = mended(bad, most=1)
    assert found.output == printed(bad.replace(old, new))
    assert not found.doubts


@pytest.mark.parametrize(
    ("joined", "taken"),
    [
        ("return torch.cat(guesses), torch.stack(prizes)", "guesses, prizes = got"),
        (
            "return torch.cat(guesses), torch.stack(prizes), torch.cat(ends), torch.stack(ends)",
            "guesses, prizes, *_ = got",
        ),
    ],
)
def test_where_they_do_not_agree_it_is_in_doubt(joined, taken):
    bad = WALK.format(joined=joined, taken=taken, left="prizes", right="guesses", by="-")
    assert mended(bad, most=1).doubts


def test_other_numbers_of_rows_are_no_question_of_joining():
    bad = WALK.format(joined=TUPLE.replace("guesses)", "guesses[1:])"), taken=ALL, **SIDES)
    assert not any("stack(guesses" in fix.title for fix in mended(bad, most=1).diagnoses[0].fixes)


def test_a_list_that_another_one_is_spread_into_is_known_by_its_parts():
    program = """
    first, more = torch.rand(9, 4), [torch.rand(9, 5), torch.rand(9, 2)]
    print(torch.cat([first, *more], dim=0).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(torch.cat([first, *more], dim=1).shape)"]

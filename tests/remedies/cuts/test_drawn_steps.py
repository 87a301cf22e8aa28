"""Tokens that are drawn by the probabilities of all steps."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.gru, self.head = nn.Embedding(9, 6), nn.GRU(6, 8{first}), nn.Linear(8, 9)

        def forward(self, tokens):
            return self.head(self.gru(self.embed(tokens))[0])

    net = Words()
    tokens = torch.randint(9, {tokens})
    for _ in range(3):
        chances = net(tokens).softmax(-1)
        tokens = torch.cat([tokens, torch.multinomial({given}, 1){turn}], dim={axis})
    print(tokens)
"""


@pytest.mark.parametrize(
    ("first", "tokens", "turn", "axis", "right"),
    [
        (", batch_first=True", (2, 5), "", 1, "chances[:, -1]"),
        (", batch_first=True", (1, 1), "", 1, "chances[:, -1]"),
        ("", (5, 2), ".t()", 0, "chances[-1]"),
    ],
)
def test_the_last_step_is_drawn_from(first, tokens, turn, axis, right):
    options = {"first": first, "tokens": tokens, "turn": turn, "axis": axis}
    found = mended(PROGRAM.format(given="chances", **options), most=1)
    assert found.diagnoses[0].slug == "drawn_for_each_step"
    assert found.output == printed(PROGRAM.format(given=right, **options))
    assert not found.doubts


def test_layers_of_both_layouts_leave_it_in_doubt():
    found = mended(
        """
        kinds = {"first": nn.GRU(6, 8, batch_first=True), "last": nn.GRU(6, 8)}
        chances = nn.Linear(8, 9)(kinds["first"](torch.rand(2, 5, 6))[0]).softmax(-1)
        print(torch.multinomial(input=chances, num_samples=1))
        """,
        most=1,
    )
    assert found.diagnoses[0].slug == "drawn_for_each_step"
    assert found.doubts


def test_what_has_more_axes_is_left_alone():
    found = mended("print(torch.multinomial(torch.rand(2, 5, 4, 3), 1))", most=1)
    assert found.diagnoses[0].slug == "drawn_for_each_step"
    assert not found.diagnoses[0].fixes

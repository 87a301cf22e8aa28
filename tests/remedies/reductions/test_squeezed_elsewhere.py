"""Columns that met rows, and made squares that met nothing before."""

from mended import mended, printed

PROGRAM = """
    torch.manual_seed(1)
    critic, states, last = nn.Linear(4, 1), torch.randn(5, 3, 4), torch.randn(3, 4)
    values = critic(states){column}
    value, returns = {last}, []
    for reward in torch.rand(5, 3):
        value = reward + 0.9 * value
        returns.append(value)
    gain = torch.stack(returns) - values
    print(gain.shape, round(gain.sum().item(), 4))
"""


def test_what_the_same_layer_gives_is_squeezed_as_elsewhere():
    found = mended(PROGRAM.format(column=".squeeze(-1)", last="critic(last)"))
    assert found.changed == ["value, returns = critic(last).squeeze(-1), []"]
    assert found.output == printed(PROGRAM.format(column=".squeeze(-1)", last="critic(last).squeeze(-1)"))
    assert found.doubts == []


def test_where_nothing_is_squeezed_a_square_is_not_met_without_doubt():
    found = mended(PROGRAM.format(column="[..., 0]", last="critic(last)"))
    assert found.changed == ["gain = torch.stack(returns) - values.unsqueeze(2)"]
    assert found.doubts == ["each number of one would meet every number of the other"]

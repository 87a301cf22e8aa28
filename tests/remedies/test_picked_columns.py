"""A number of each sample beside columns, of which the script picks one elsewhere."""

from mended import mended, printed

PROGRAM = """
    values = nn.Linear(4, 2)
    now, then, done = torch.randn(6, 4), torch.randn(6, 4), torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    picked = torch.tensor([0, 1, 1, 0, 1, 0])
    guess = {guess}
    wanted = 0.9 * values(then) * (1 - done){rows}
    print(guess.shape, wanted.shape)
"""


def test_the_largest_column_may_be_meant():
    found = mended(PROGRAM.format(guess="values(now).gather(1, picked.unsqueeze(1)).squeeze(1)", rows=""), most=1)
    assert any("a column of each row is picked" in doubt for doubt in found.doubts)


def test_where_no_column_is_picked_the_number_is_of_its_row():
    found = mended(PROGRAM.format(guess="values(now)", rows=""))
    assert found.output == printed(PROGRAM.format(guess="values(now)", rows="[:, None]"))
    assert not found.doubts

"""A name that is made of another one beside names that are each made of themselves."""

from mended import mended, printed

HEADS = """
    def heads(query, key, value):
        query = {}.view(2, 5, 4, 3)
        key = key.view(2, 7, 4, 3)
        value = value.view(2, 7, 4, 3)
        return query.sum() + key.mean() + value.mean()

    print(heads(torch.rand(2, 5, 12), torch.rand(2, 7, 12), torch.rand(2, 7, 12)).item())
"""
ALONE = """
    def halves(one, other):
        one = one.view(2, 6)
        other = one.view(2, 7)
        return one.sum() + other.sum()

    print(halves(torch.rand(12), torch.rand(14)).item())
"""


def test_it_is_made_of_itself_as_the_others_are():
    found = mended(HEADS.format("key"), most=1)
    assert found.changed == ["query = query.view(2, 5, 4, 3)"]
    assert not found.doubts
    assert found.output == printed(HEADS.format("query"))


def test_one_line_beside_is_no_custom():
    found = mended(ALONE, most=1)
    assert "other = other.view(2, 7)" not in found.changed or found.doubts

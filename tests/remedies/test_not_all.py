"""What is only part of what is to change, or nothing of it, is not told for sure."""

from mended import mended

RATINGS = """
    people, books, wide, kinds = 9, 14, 5, 4
    taste, about = torch.randn(people, wide), torch.randn(books, wide)
    genres = torch.randn(books, kinds)
    shares = (taste @ about{turn}).softmax(dim=1)
    likes = shares @ genres
    print((likes.{total}(dim=1) * torch.ones({counted})).sum().item())
"""


def _ratings(*, turn=".T", total="sum", counted="people"):
    return RATINGS.format(turn=turn, total=total, counted=counted)


def test_what_leaves_the_line_that_failed_refused_itself_is_in_doubt():
    assert mended(_ratings(total="abs().sum", counted="books"), most=1).diagnoses[0].fixes[0].doubt


def test_a_turn_is_not_put_behind_a_turn():
    assert "t()" not in mended(_ratings(turn=".T.T"), most=1).text

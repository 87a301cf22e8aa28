"""What is only part of what is to change, or nothing of it, is not told for sure."""

import pytest
from mended import mended

RATINGS = """
    people, books, wide, kinds = 9, 14, 5, 4
    taste, about = torch.randn(people, wide), torch.randn(books, wide)
    genres = torch.randn(books, kinds)
    shares = (taste @ about{turn}).softmax(dim=1)
    likes = shares @ genres
    print((likes.{total}(dim=1) * torch.ones({counted})).sum().item())
"""
CONVOLVED = """
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.near = nn.Conv1d(5, 8, 3, padding=1)
            self.far = nn.Conv1d(5, 8, 5, stride=2, padding=2)

        def forward(self, notes):
            one = torch.relu(self.near(notes))
            other = torch.relu(self.far(notes))
            return torch.cat([one, other], dim=1)

    print(nn.Conv1d(16, 2, 1)(Both()(torch.randn(4, 5, 11))).shape)
"""


def _ratings(*, turn=".T", total="sum", counted="people"):
    return RATINGS.format(turn=turn, total=total, counted=counted)


def test_what_leaves_the_line_that_failed_refused_itself_is_in_doubt():
    assert mended(_ratings(total="abs().sum", counted="books"), most=1).diagnoses[0].fixes[0].doubt


def test_a_turn_is_not_put_behind_a_turn():
    assert "t()" not in mended(_ratings(turn=".T.T"), most=1).text


@pytest.mark.parametrize(
    "product",
    [
        # The turn may be that of the other one, or too many, in place of the order.
        "shares = (taste.T @ about).softmax(dim=1)",
        # What adds up to one for each person would be summed over the people.
        "shares = (about @ taste.T).softmax(dim=1)",
    ],
)
def test_the_order_of_factors_is_in_doubt_where_more_speaks_for_another_change(product):
    found = mended(_ratings().replace("shares = (taste @ about.T).softmax(dim=1)", product), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if fix.verified == "call")


def test_shares_are_not_for_sure_the_second_factor():
    found = mended("""
        queries, keys, values = torch.randn(7, 5), torch.randn(7, 5), torch.randn(7, 5)
        shares = torch.einsum("ti,tj->ij", queries, keys).softmax(dim=-1)
        print((shares @ values).shape)
    """)
    exchanged = [fix for fix in found.diagnoses[0].fixes if fix.title == "values times shares"]
    assert exchanged[0].doubt


def test_an_order_of_many_axes_that_lacks_the_last_is_in_doubt():
    found = mended("""
        cut = torch.randn(5, 3, 2, 4, 6, 4)
        print(cut.permute(0, 2, 4, 1, 3).reshape(5, 12, 48).shape)
    """)
    assert found.doubts


def test_a_layer_is_not_made_so_many_times_as_wide_by_chance():
    found = mended("""
        steps, wide = 12, 6
        readings = torch.randn(8, wide, steps)
        print(nn.Linear(wide, 5)(readings).shape)
    """)
    assert "2 * wide" not in found.text


def test_what_is_as_long_as_what_it_was_made_of_has_nothing_cut_off():
    assert "[..., :notes.size(-1)]" not in mended(CONVOLVED).text


def test_another_axis_with_which_the_sizes_do_not_meet_either_is_not_reduced():
    assert not any("sum(dim=0)" in fix.title for fix in mended(_ratings(counted="books")).diagnoses[0].fixes)
    assert mended(_ratings(counted="books")).output == "crashed"

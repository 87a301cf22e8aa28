"""What is only part of what is to change, or nothing of it, is not told for sure, nor offered again and again."""

from mended import mended

RATINGS = """
    people, books, wide, kinds = 9, 14, 5, 4
    taste, about = torch.randn(people, wide), torch.randn(books, wide)
    genres = torch.randn({genres}, kinds)
    shares = (taste @ about{turn}).softmax(dim=1)
    likes = shares @ genres
    print((likes.sum(dim=1) * torch.ones({counted})).sum().item())
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


def _ratings(*, genres="books", turn=".T", counted="people"):
    return RATINGS.format(genres=genres, turn=turn, counted=counted)


def test_another_axis_with_which_the_sizes_do_not_meet_either_is_not_reduced():
    assert not any("sum(dim=0)" in fix.title for fix in mended(_ratings(counted="books")).diagnoses[0].fixes)
    assert mended(_ratings(counted="books")).output == "crashed"


def test_a_change_of_the_line_that_failed_with_which_it_is_refused_as_well_is_in_doubt():
    found = mended(_ratings(counted="books").replace("likes.sum", "likes.abs().sum"), most=1)
    assert found.diagnoses[0].fixes[0].doubt


def test_a_turn_with_which_a_line_behind_is_refused_is_in_doubt():
    found = mended(_ratings(genres="people"), most=1)
    assert ".t()" in found.changed[0]
    assert found.doubts


def test_a_turn_is_not_put_behind_a_turn():
    assert "t()" not in mended(_ratings(turn=".T.T"), most=1).text


def test_what_is_as_long_as_what_it_was_made_of_has_nothing_cut_off():
    assert "[..., :notes.size(-1)]" not in mended(CONVOLVED).text


def test_an_index_of_a_tensor_of_one_axis_has_no_axes_in_front():
    found = mended("""
        films, means = torch.randn(5, 3, 6), torch.randn(3, 5)
        order = means[0].argsort() + 3
        best = films[order[:2]]
        print(best.shape)
    """)
    assert not any(
        "[:, :2]" in edit.replacement for each in found.diagnoses for fix in each.fixes for edit in fix.edits
    )

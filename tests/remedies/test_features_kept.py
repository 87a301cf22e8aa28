"""Rows of features that are told apart into samples and steps by a number of another layer."""

import pytest
from mended import mended, printed

CHARACTERS = """
    class Words(nn.Module):
        def __init__(self, wide=5):
            super().__init__()
            self.table, self.conv, self.drop = nn.Embedding(9, 6), nn.Conv1d(6, wide, 3, padding=1), nn.Dropout(0.0)

        def forward(self, words):
            {opened}
            rows = self.conv(self.table(words.flatten(0, 1)).transpose(1, 2)).amax(2)
            return self.drop(rows).{viewed}

    print(Words()(torch.randint(0, 9, (3, 7, 4))).shape)
"""
PATCHES = """
    def patches(images, layer):
        rows = layer(images.flatten(0, 1))
        return rows.reshape(len(images), -1, 8)

    print(patches(torch.randn(3, 7, 10), nn.Linear(10, 5)).shape)
"""


@pytest.mark.parametrize(
    ("opened", "viewed"),
    [
        ("samples, steps, letters = words.shape", "view(samples, -1, 6)"),
        ("samples = words.size(0)", "reshape(samples, -1, 8)"),
    ],
)
def test_what_the_rows_are_wide_stays_as_it_is(opened, viewed):
    found = mended(CHARACTERS.format(opened=opened, viewed=viewed))
    assert found.output == printed(CHARACTERS.format(opened=opened, viewed=viewed.replace("6", "5").replace("8", "5")))
    assert not found.doubts


def test_rows_of_a_function_keep_their_width_too():
    assert mended(PATCHES).output == "torch.Size([3, 7, 5])\n"


def test_a_width_that_was_worked_out_is_in_doubt():
    program = CHARACTERS.format(
        opened="samples, wide = words.size(0), 2 * words.size(2)", viewed="view(samples, -1, wide)"
    )
    found = mended(program)
    assert found.changed == ["return self.drop(rows).view(samples, words.size(1), -1)"]
    assert found.doubts == ["a number is written over what it was worked out from, which may be what is wrong"]


def test_rows_that_do_not_come_to_so_many_samples_are_not_told_apart_by_them():
    program = """
    rows = torch.randn(20, 5)
    print(rows.view(3, -1, 4).shape)
    """
    found = mended(program, most=1).diagnoses[0]
    wrong = ("4 -> 5", "-1, 4", "rows.size(1)")
    assert not any(each in fix.title for fix in found.fixes for each in wrong)

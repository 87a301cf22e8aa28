"""A table that was told the number of something else: of the table beside it, or of another setting."""

import pytest
from mended import mended, printed

PAIR = """
    class Shelf:
        def __init__(self, books):
            self.books, self.readers = books, 7

        def __len__(self):
            return self.readers

    class Rating(nn.Module):
        def __init__(self, {names}, width=5):
            super().__init__()
            self.book, self.reader = nn.Embedding(books, width), nn.Embedding(readers, width)

        def forward(self, book, reader):
            return (self.book(book) * self.reader(reader)).sum(-1)

    torch.manual_seed(1)
    shelf = Shelf(19)
    book, reader = torch.randint(0, 19, (30,)), torch.randint(0, 7, (30,))
    book[4], reader[2] = {seen}
    net = Rating({given})
    print(net(book, reader).shape, net.book.num_embeddings, net.reader.num_embeddings)
"""


@pytest.mark.parametrize(
    ("names", "given", "good"),
    [
        ("books, readers", "len(shelf), shelf.books", "shelf.books, len(shelf)"),
        ("readers, books", "shelf.books, shelf.readers", "shelf.readers, shelf.books"),
        ("books, readers", "7, 19", "19, 7"),
        ("readers, books", "19, 7", "7, 19"),
    ],
)
def test_two_numbers_in_each_others_place_are_exchanged(names, given, good):
    of = {"names": names, "seen": "18, 6"}
    found = mended(PAIR.format(given=given, **of))
    assert found.output == printed(PAIR.format(given=good, **of))
    assert not found.doubts


def test_where_the_tokens_need_not_all_of_it_both_may_be_meant():
    found = mended(PAIR.format(names="books, readers", given="7, 19", seen="18, 3").replace("(0, 7,", "(0, 5,"))
    assert found.doubts


@pytest.mark.parametrize("given", ["7, 12", "12, 12"])
def test_a_number_that_the_tokens_outgrow_too_is_not_put_there(given):
    found = mended(PAIR.format(names="books, readers", given=given, seen="18, 6"), most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)


SETTINGS = """
    from dataclasses import dataclass

    @dataclass
    class Options:
        words: int = 23
        width: int = {width}
        steps: int = 9

    class Net(nn.Module):
        def __init__(self, options):
            super().__init__()
            self.table = nn.Embedding(options.steps, options.width)

        def forward(self, x):
            return self.table(x)

    options = Options()
    tokens = torch.randint(0, options.words, (4, options.steps))
    tokens[0, 0] = {most}
    print(Net(options)(tokens).shape)
"""


def test_the_setting_that_nobody_reads_there_and_that_is_just_as_many_is_told():
    found = mended(SETTINGS.format(width=6, most=22))
    assert found.changed == ["self.table = nn.Embedding(options.words, options.width)"]
    assert not found.doubts
    assert found.output == "torch.Size([4, 9, 6])\n"


@pytest.mark.parametrize(("width", "most"), [(6, 20), (23, 22)])
def test_one_that_is_another_number_or_is_not_the_only_one_is_not(width, most):
    program = SETTINGS.format(width=width, most=most).replace("randint(0, options.words", "randint(0, 20")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.title == "num_embeddings=options.words" and not fix.doubt for fix in fixes)


CALLED = """
    class Rating(nn.Module):
        def __init__(self, users, places):
            super().__init__()
            self.user, self.place = nn.Embedding(users, 8), nn.Embedding(places, 8)

        def forward(self, {taken}):
            return (self.user(u) * self.place(p)).sum(-1)

    USERS_N, PLACES_N = 50, 20
    user_ids, place_ids = torch.arange(50), torch.arange(50) % 20
    print(Rating({told})({given}).shape)
"""


@pytest.mark.parametrize("told", ["USERS_N, PLACES_N", "50, 20"])
@pytest.mark.parametrize(("taken", "given"), [("u, p", "place_ids, user_ids"), ("p, u", "user_ids, place_ids")])
def test_tokens_that_are_called_as_those_of_the_other_table_may_be_the_ones_to_exchange(told, taken, given):
    found = mended(CALLED.format(told=told, taken=taken, given=given), most=1)
    assert found.doubts


def test_tokens_of_the_right_table_leave_no_doubt():
    found = mended(CALLED.format(told="20, 50", taken="u, p", given="user_ids, place_ids"))
    assert found.output == printed(CALLED.format(told="50, 20", taken="u, p", given="user_ids, place_ids"))
    assert not found.doubts

"""A key that is looked up in a table that does not have it."""

import builtins

import pytest
from mended import mended, printed

LETTERS = """
    text = "the cat sat on the mat"
    letters = sorted(set(text))
    to_int = {made}
    to_letter = {{i: c for c, i in to_int.items()}}
    codes = torch.tensor([to_int[c] for c in text])
    best = codes[:1]
    print(codes.tolist(), {looked_up})
"""
TAGS = """
    WORDS, TAGS = {{"<unk>": 0, "a": 1, "dog": 2, "runs": 3}}, {{"D": 0, "N": 1, "V": 2}}

    class Rows:
        def __init__(self):
            self.rows = [({text}, "D N V".split())]

        def __getitem__(self, i):
            words, tags = self.rows[i]
            return torch.tensor([{word} for w in {row}]), torch.tensor([TAGS[t] for t in tags])

    print(Rows()[0])
"""
RIGHT = {
    LETTERS: {"made": "{c: i for i, c in enumerate(letters)}", "looked_up": "to_letter[best.item()]"},
    TAGS: {"text": '"a dog runs".split()', "word": "WORDS[w]", "row": "words"},
}


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (LETTERS, {"looked_up": "to_letter[best]"}),
        (LETTERS, {"looked_up": "to_int[best.item()]"}),
        (LETTERS, {"made": "{i: c for i, c in enumerate(letters)}"}),
        (TAGS, {"row": "tags"}),
    ],
    ids=["a tensor for a key", "the other table", "made the other way round", "the other row"],
)
def test_what_the_key_belongs_to_is_found(program, wrong):
    found = mended(program.format(**RIGHT[program] | wrong))
    assert [each.slug for each in found.diagnoses] == ["key_of_other_table"]
    assert found.output == printed(program.format(**RIGHT[program]))
    assert found.doubts == []


def test_words_are_read_where_letters_were():
    found = mended(TAGS.format(text='"a dog runs"', word="WORDS[w]", row="words").replace('["<unk>"', '["<none>"'))
    assert found.output == printed(TAGS.format(**RIGHT[TAGS]))


def test_a_word_that_is_not_known_is_read_as_the_one_for_unknown_words():
    found = mended(TAGS.format(text='"a cat runs".split()', word="WORDS[w]", row="words"))
    meant = TAGS.format(text='"a cat runs".split()', word='WORDS.get(w, WORDS["<unk>"])', row="words")
    assert found.output == printed(meant)


def test_a_key_that_stands_nowhere_is_no_matter_of_ours():
    program = "settings = {'lr': 0.1}\nprint(settings['rate'], torch.ones(2))"
    assert mended(program).diagnoses[0].slug == "unrecognised"


KINDS = """
    words = "a b a c b a".split()
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    known = {word: i for i, word in enumerate(counts) if counts[word] > 1}
    print([known[word] for word in words])
"""


def test_a_table_of_the_same_keys_is_not_sure_to_be_the_one_that_is_meant():
    assert mended(KINDS, most=1).doubts
    mapped = LETTERS.format(**RIGHT[LETTERS] | {"looked_up": "to_int[best.item()]"}).replace(
        "codes = torch.tensor([to_int[c] for c in text])", "codes = torch.tensor([to_int.get(c) for c in text])"
    )
    # What is made the other way round, if something else is looked up in it, is right as it is made.
    assert mended(mapped, most=1).changed == ["print(codes.tolist(), to_letter[best.item()])"]


def test_the_row_of_which_some_is_known_is_the_right_one():
    program = "known, names, words = {'a': 0, 'b': 1}, ['b', 'a'], ['a', 'c']\nprint([known[each] for each in words])"
    assert not any(fix.edits for each in mended(program, most=1).diagnoses for fix in each.fixes)


def test_the_word_for_unknown_words_is_that_of_the_table_itself():
    program = 'words = {"<unk>": 0, "a": 1}\nkinds = {"cat": 0, "dog": 1}\nprint(torch.tensor(kinds["bird"]))'
    assert not any(each.fixes for each in mended(program, most=1).diagnoses)


def test_an_object_is_not_asked_for_what_it_keeps():
    program = """
        class Words:
            __slots__ = ("table",)

            def __init__(self):
                self.table = {"a": 0}

            def __getattr__(self, name):
                asked.append(name)
                raise KeyError(name)

            def look(self, word):
                table = self.table
                return torch.tensor(table[word])

        import builtins
        asked = builtins.asked = []
        Words().look("b")
    """
    mended(program, most=1)
    assert builtins.asked == []
    del builtins.asked

"""Lists that are filled up to one length, and not cut to it."""

import pytest
from mended import mended, printed

ROWS = """
    lines = ["it rains", "the train is late", "a very long walk along the sea wall", "no"]
    numbers = {{word: at for at, word in enumerate(sorted(set(" ".join(lines).split())))}}


    def as_numbers(line, most{default}):
        ids = [numbers[word] for word in line.split()]
{filling}
        return ids


    rows = torch.tensor([as_numbers(line{given}) for line in lines])
    print(rows.shape, rows.sum().item())
"""
FILLINGS = {
    "sum": "        ids = ids + [0] * (most - len(ids))",
    "asked": "        if len(ids) < most:\n            ids += [0] * (most - len(ids))",
    "named anew": "        if len(ids) < most:\n            ids = ids + [0] * (most - len(ids))",
    "loop": "        while len(ids) < most:\n            ids.append(0)",
    "never below zero": "        ids += max(0, most - len(ids)) * [0]",
}


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
def test_they_are_cut_as_well(filling):
    program = {"default": "", "given": ", 4"}
    found = mended(ROWS.format(filling=filling, **program))
    right = f"{filling}\n        ids = ids[:most]"
    assert found.output == printed(ROWS.format(filling=right, **program))
    assert not found.doubts


def test_a_length_of_which_the_script_tells_nothing_is_in_doubt():
    found = mended(ROWS.format(filling=FILLINGS["sum"], default="", given=", len(lines[1].split())"))
    assert found.changed == ["ids = (ids + [0] * (most - len(ids)))[:most]"]
    assert found.doubts == [
        "the length that is filled up to is not known, and other lists than these may be filled up to it"
    ]


def test_lists_that_stay_shorter_are_not_to_be_cut():
    filling = "        tail = ids[2:]\n        tail = tail + [0] * (7 - len(tail))"
    found = mended(ROWS.format(filling=filling, default="=7", given=""), most=1)
    assert not any("[:7]" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_number_that_something_else_is_told_is_no_length():
    filling = "        ids = ids + [0] * (most - len(ids))"
    given = "len(lines[1].split())"
    found = mended(ROWS.format(filling=filling, default="", given=f", {given}") + "    nn.Linear(4, 2)\n")
    assert found.changed == ["ids = (ids + [0] * (most - len(ids)))[:most]"]
    assert found.doubts == [
        "the length that is filled up to is not known, and other lists than these may be filled up to it"
    ]


MARKED = {
    "sum": "        ids = ids + [98]\n",
    "append": "        ids.append(98)\n",
    "elsewhere": "        ids = closed(ids)\n",
    "words": '        marked = line.split() + ["."]\n        ids = [len(word) for word in marked]\n',
}


@pytest.mark.parametrize("mark", MARKED.values(), ids=MARKED)
@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
def test_a_mark_at_the_end_is_not_cut_away_for_sure(filling, mark):
    closed = "    def closed(ids):\n        return ids + [98]\n\n"
    found = mended(closed + ROWS.format(filling=mark + filling, default="", given=", 4"), most=1)
    cut = [fix for fix in found.diagnoses[0].fixes if "[:most]" in fix.title]
    assert cut
    assert all(fix.doubt for fix in cut)


def test_of_a_history_the_latest_may_be_kept():
    filling = FILLINGS["sum"]
    program = ROWS.format(filling=filling, default="", given=", 4")
    assert mended(program.replace("as_numbers", "read_history"), most=1).doubts
    assert mended(program.replace("lines", "clicks"), most=1).doubts


def test_lists_that_are_filled_in_front_are_not_filled_to_the_longest_for_sure():
    filling = "        ids = [0] * (most - len(ids)) + ids"
    found = mended(ROWS.format(filling=filling, default="", given=", 4"), most=1)
    padded = [fix for fix in found.diagnoses[0].fixes if "pad_sequence" in fix.title]
    assert padded
    assert all(fix.doubt for fix in padded)


def test_what_a_function_for_the_loader_puts_together_is_cut_there():
    program = """
        most, corpus = 6, [list(range(1, n)) for n in (9, 4, 12, 6)]

        def together(batch):
            rows = []
            for ids in batch:
                ids = {}ids{} + [0] * (most - len(ids))
                rows.append(torch.tensor(ids))
            return torch.stack(rows)

        for x in torch.utils.data.DataLoader(corpus, batch_size=4, collate_fn=together):
            print(x.shape, x.sum(1).tolist())
    """
    found = mended(program.format("", ""))
    assert found.output == printed(program.format("", "[:most]"))
    assert not found.doubts


@pytest.mark.parametrize("filled", ["{}.ljust(6)", "{}.rjust(6)"])
def test_texts_that_are_filled_up_elsewhere_may_be_meant_to_be_here(filled):
    other = filled.format("str(a)")
    program = f"""
    rows, names = [], []
    for a in (3, 40, 500):
        rows.append([ord(each) for each in str(a)])
        names.append([ord(each) for each in {other}])
    print(torch.tensor(names).shape, torch.tensor(rows).shape)
    """
    assert mended(program, most=1).doubts

import json

import pytest

from shapecheck.cli import main
from shapecheck.faults import all_faults


def explain(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["explain", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_code_gets_its_page_in_any_case(capsys):
    code, out, _ = explain(capsys, "sc205")
    assert code == 0
    assert out.startswith("SC205: the state was made for a batch of another size\n")
    for title in ("Why", "Wrong", "Right", "How to see it", "Remember"):
        assert f"\n\n{title}\n" in out
    assert "torch.zeros(1, batch.size(0), 16)" in out.partition("\nRight\n")[2]
    assert max(map(len, out.splitlines())) <= 100


def test_markdown_is_what_it_says(capsys):
    assert explain(capsys, "SC205", "--format", "markdown")[1].startswith("# SC205: ")


@pytest.mark.parametrize("asked", [("SC307", "SC205"), ("SC307, sc205",)])
def test_several_codes_get_a_page_each(capsys, asked):
    out = explain(capsys, *asked)[1]
    assert [line[:5] for line in out.splitlines() if line.startswith("SC")] == ["SC307", "SC205"]


@pytest.mark.parametrize("ending", ["", " (likely)", " (warning, likely)"])
def test_a_headline_as_a_report_prints_it_gets_its_page(capsys, ending):
    headline = "a recurrent layer walks along the samples"
    for asked in (headline, f"SC701: {headline}{ending}"):
        assert explain(capsys, asked)[1].startswith("SC701: ")


def test_a_code_that_is_not_there_is_not_taken_for_another(capsys):
    code, _, err = explain(capsys, "SC999")
    assert code == 2
    assert "did you mean" not in err


def test_an_assert_of_the_gpu_has_more_than_one_cause(capsys):
    out = explain(capsys, "CUDA error: device-side assert triggered")[1]
    assert {"SC108", "SC416"} <= {line[:5] for line in out.splitlines()}


def test_a_name_gets_its_page(capsys):
    assert explain(capsys, "tuple_not_unpacked")[1].startswith("SC305: ")


def test_the_text_of_an_error_leads_to_the_faults_that_raise_it(capsys):
    code, out, _ = explain(capsys, "mat1 and mat2 shapes cannot be multiplied (28x16 and 17x1)")
    assert code == 0
    codes = [line.split()[0] for line in out.splitlines() if line.startswith("SC")]
    assert codes[0] == "SC301"
    assert {"SC106", "SC309", "SC310", "SC501"} <= set(codes)


def test_numbers_of_the_message_rank_the_faults(capsys):
    out = explain(capsys, "mat1 and mat2 shapes cannot be multiplied (28x32 and 16x5)")[1]
    assert next(line for line in out.splitlines() if line.startswith("SC")).startswith("SC307")


def test_what_a_cell_says_that_was_given_one_state_is_known(capsys):
    error = "TypeError: lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor"
    out = explain(capsys, error)[1]
    assert next(line for line in out.splitlines() if line.startswith("SC")).startswith("SC206")


def test_a_whole_line_of_a_traceback_will_do(capsys):
    out = explain(capsys, "RuntimeError: stack expects each tensor to be equal size, but got [7, 10] at entry 0")[1]
    assert out.startswith("SC505: ")


@pytest.mark.parametrize(
    ("asked", "first", "among"),
    [
        ("broadcast", "spread_by_broadcasting", "sizes_do_not_broadcast"),
        ("Broadcasting", "spread_by_broadcasting", "sizes_do_not_broadcast"),
        ("hidden states", "cell_state_for_hidden", "state_does_not_fit"),
        ("softmax samples", "softmax_along_batch", "softmax_along_batch"),
    ],
)
def test_words_lead_to_the_faults_that_speak_of_them(capsys, asked, first, among):
    code, out, _ = explain(capsys, asked)
    slugs = [line.split()[1] for line in out.splitlines() if line.startswith("SC")]
    assert code == 0
    assert slugs[0] == first
    assert among in slugs
    assert out.endswith("\n`shapecheck explain CODE` shows a page.\n")


def test_the_number_of_a_code_is_enough(capsys):
    assert explain(capsys, "205") == explain(capsys, "SC205")


@pytest.mark.parametrize("asked", ["zero_grad", "no_such_name", "axis_grad"])
def test_a_name_is_not_said_by_its_parts(capsys, asked):
    code, out, err = explain(capsys, asked)
    assert (code, out) == (2, "")
    assert err.startswith(f"shapecheck: error: no known fault is called, or says, {asked!r}")


def test_a_name_is_found_where_it_stands(capsys):
    assert "state_with_batch_first" in explain(capsys, "batch_first")[1]
    assert "SC211" in explain(capsys, "h_n")[1]


def test_words_of_the_reasons_alone_are_no_answer_and_say_so(capsys):
    code, out, _ = explain(capsys, "zero grad")
    assert code == 0
    assert out.splitlines()[0] == (
        "No fault is called 'zero grad', and none is about it; its words stand in the reasons of:"
    )
    assert out.endswith("\n`shapecheck explain CODE` shows a page.\n")


def test_of_many_faults_that_speak_of_a_word_the_first_are_shown(capsys):
    out = explain(capsys, "batch")[1]
    assert sum(line.startswith("SC") for line in out.splitlines()) == 20
    assert "more; `shapecheck explain --list` has all." in out
    assert len(json.loads(explain(capsys, "batch", "--format", "json")[1])) > 20


@pytest.mark.parametrize("asked", ["SC000", "sc000", "unrecognised"])
def test_the_code_without_a_cause_is_explained(capsys, asked):
    code, out, _ = explain(capsys, asked)
    assert code == 0
    assert out.startswith("SC000: the cause is not known\n")
    assert "none of the known faults fits it" in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_code_without_a_cause_has_all_forms(capsys):
    (told,) = json.loads(explain(capsys, "SC000", "--format", "json")[1])
    assert (told["code"], told["slug"], told["headline"]) == ("SC000", "unrecognised", "the cause is not known")
    assert explain(capsys, "SC000", "--format", "markdown")[1].startswith("# SC000: the cause is not known\n\n")


@pytest.mark.parametrize(
    ("asked", "near"), [("SC2055", "SC205"), ("2O5", "SC205"), ("SC-205", "SC205"), ("SC2O5", "SC205"), ("SC9999", "")]
)
def test_only_a_slip_of_the_fingers_is_near_to_a_code(capsys, asked, near):
    code, _, err = explain(capsys, asked)
    assert code == 2
    assert err.partition("did you mean ")[2].split("?")[0].split(" or ")[0] == near


def test_the_list_has_every_fault(capsys):
    out = explain(capsys, "--list")[1]
    assert [line.split()[0] for line in out.splitlines()] == [fault.code for fault in all_faults()]


def test_json_is_plain_data(capsys):
    (data,) = json.loads(explain(capsys, "SC205", "--format", "json")[1])
    assert data["slug"] == "state_of_other_batch"
    assert data["messages"]
    assert len(json.loads(explain(capsys, "--list", "--format", "json")[1])) == len(all_faults())


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("SC20S", "did you mean"),
        ("tuple_not_unpaked", "did you mean tuple_not_unpacked?"),
        ("my cat sat on it", "`shapecheck explain --list` shows all of them"),
        ("", "say what to explain"),
    ],
)
def test_what_is_not_known_says_so(capsys, asked, hint):
    code, out, err = explain(capsys, asked)
    assert code == 2
    assert out == ""
    assert err.startswith("shapecheck: error: ")
    assert hint in err


@pytest.mark.parametrize(("name", "begins"), [("page.txt", "SC205: "), ("page.md", "# SC205: "), ("page.json", "[\n")])
def test_it_writes_a_file_in_the_form_of_its_ending(capsys, tmp_path, name, begins):
    code, out, _ = explain(capsys, "SC205", "-o", str(tmp_path / name))
    assert (code, out) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_a_file_that_cannot_be_written_is_said_and_none_is_left_of_what_is_unknown(capsys, tmp_path):
    code, _, err = explain(capsys, "SC205", "-o", str(tmp_path / "no" / "page.md"))
    assert code == 2
    assert ": there is no directory " in err
    assert explain(capsys, "xyzzy", "-o", str(tmp_path / "page.md"))[0] == 2
    assert not [*tmp_path.iterdir()]

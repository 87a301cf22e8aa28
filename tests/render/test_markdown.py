import re
from html import unescape

from markdown_it import MarkdownIt

from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.render.markdown import trace_markdown
from shapecheck.render.plain import clean

FLOW = (
    "**PriceModel**: 36 calls, 121,701 parameters, protocol: documented flow, every step\n\n"
    "| module | tensor | shape | what happened |\n"
    "|---|---|---|---|\n"
    "| **the model**<br>`PriceModel`<br>12 calls<br>121,701 parameters "
    "| in input | `(batch_size 32, seq_length 7, num_features 1)` |  |\n"
    "|  | out output | `(batch_size*seq_length 224, out_size 1)` "
    "| batch\\_size and seq\\_length joined into one axis, num\\_features gone, out\\_size new |\n"
)


def test_the_form(traces):
    text = trace_markdown(traces.regression())
    assert text.startswith(FLOW)
    assert "|  |  |  | *after lstm.output: batch\\_size and seq\\_length joined into one axis* |" in text
    assert text.endswith(
        "- 224 = `batch_size 32 * seq_length 7`: rows: one for every step of every sample; this is not batch\\_size\n\n"
        "h\\_n and c\\_n have the batch on axis 1, whatever batch\\_first says"
    )


def test_every_row_has_four_cells(any_trace):
    for line in trace_markdown(any_trace).splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_nothing_in_a_name_is_markup(any_trace):
    text = trace_markdown(any_trace)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    expected = {"p", "strong", "em", "code", "br", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert {tag.strip("/") for tag in re.findall(r"<(/?[a-z0-9]+)", html)} <= expected
    assert "\x1b" not in text


def test_names_are_read_back_as_they_are(traces):
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(trace_markdown(traces.hostile()))
    assert unescape(html).count(clean(traces.HOSTILE)) > 8


def test_backticks_in_code_are_fenced():
    x = TensorRecord("input", (2,), dims=("a``b",))
    text = trace_markdown(Trace("Net", (TraceEntry(CallRecord("", "Net", "", (x,))),)))
    assert "```(a``b 2,)```" in text


def test_a_repetition_is_one_sentence(traces):
    text = trace_markdown(traces.training_and_eval())
    assert "Another forward: batch\\_size 20 instead of 32.\n1 call, the same modules and axes, with " in text
    assert text.count("| module |") == 1


def test_what_the_models_own_code_does_last_is_told(traces):
    assert (
        "after linear.output: batch\\_size\\*seq\\_length split into batch\\_size and seq\\_length: the model's output"
        in trace_markdown(traces.put_back())
    )

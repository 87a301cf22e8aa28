import re
from html.parser import HTMLParser

from shapecheck.findings import Diagnosis
from shapecheck.render.html import diagnosis_html, fixed_width, trace_html


class Reader(HTMLParser):
    """Collects tags and text, and minds that every tag is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.words = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def test_it_is_closed_escaped_and_self_contained(any_trace):
    html = trace_html(any_trace)
    reader = read(html)
    assert reader.tags <= {
        "div", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "b", "i", "code", "span", "br",
    }  # fmt: skip
    assert not re.search(r"url\(|https?:|@import|src=| id=", html)
    assert all(character.isprintable() or character == "\n" for character in html)


def test_it_says_what_the_table_says(traces):
    text = "".join(read(trace_html(traces.regression())).words)
    for words in (
        "(batch_size 32, seq_length 7, num_features 1)",
        "num_features gone, hidden_size new",
        "after lstm.output: batch_size and seq_length joined into one axis",
        "stage 3, Linear input",
        "batch_size 32 * seq_length 7",
        "h_n[0] is layer 0, h_n[1] is layer 1",
    ):
        assert words in text


def test_the_failing_layer_is_marked_in_words(traces):
    assert "✗ FAILED HERE: the call raised, nothing came out" in "".join(read(trace_html(traces.crash())).words)


def test_it_keeps_the_colours_of_the_page(traces):
    style = re.search(r"<style>(.*?)</style>", trace_html(traces.regression()), re.DOTALL)[1]
    grounds = re.findall(r"background: ([^;]*);", style)
    assert all("none" in ground or "rgba" in ground for ground in grounds)
    assert set(re.findall(r"[ {]color: ([^;]*);", style)) == {"inherit"}


def test_every_rule_of_its_style_stays_inside(traces):
    style = re.search(r"<style>(.*?)</style>", trace_html(traces.regression()), re.DOTALL)[1]
    for selectors in re.findall(r"([^{}]+)\{", style):
        assert all(selector.strip().startswith(".shapecheck-trace") for selector in selectors.split(","))


def test_a_notebook_gets_text_and_html(traces, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    bundle = traces.regression()._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {"text/plain": str(traces.regression()), "text/html": trace_html(traces.regression())}


def test_a_diagnosis_is_escaped():
    assert diagnosis_html(Diagnosis("SC1", "s", "<b>", "")) == (
        fixed_width("SC1: <b>\n\n  more      shapecheck explain SC1", "shapecheck-diagnosis")
    )
    assert str(Diagnosis("SC1", "s", "<b>", "")).startswith("SC1: <b>")


def test_lines_keep_their_columns_on_any_page():
    assert fixed_width("a <b>\n  ^", "what") == (
        '<pre class="what" style="font-family: ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace '
        '!important; white-space: pre; overflow-x: auto">a &lt;b&gt;\n  ^</pre>'
    )


def test_what_the_models_own_code_does_last_is_told(traces):
    text = "".join(read(trace_html(traces.put_back())).words)
    assert "batch_size*seq_length split into batch_size and seq_length: the model's output" in text
    assert "another forward: input float64 instead of float32" in text

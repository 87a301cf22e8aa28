import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.render.drawing import wrapped
from shapecheck.render.palette import inks
from shapecheck.render.svg import Picture, flow_picture, flow_svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_it_is_well_formed_and_self_contained(any_trace):
    svg = flow_svg(any_trace)
    root = ET.fromstring(svg.encode("utf-8"))
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "g", "rect", "text", "path", "polygon", "circle"}
    assert not re.search(r"url\(|href|@import| id=|<script", svg)


def test_people_who_cannot_see_it_are_told(traces):
    root = ET.fromstring(flow_svg(traces.regression()))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "The flow of tensors through PriceModel"
    told = root.find(f"{SVG}desc").text
    assert (
        "linear takes input (batch_size*seq_length 224, hidden_size 100) and gives output "
        "(batch_size*seq_length 224, out_size 1): hidden_size gone, out_size new."
    ) in told
    assert "After lstm.output: batch_size and seq_length joined into one axis." in told


def test_every_axis_is_named_and_sized_in_words(traces):
    found = texts(flow_svg(traces.regression()))
    for word in (
        "batch_size",
        "seq_length",
        "num_features",
        "hidden_size",
        "num_layers",
        "out_size",
        "224",
        "h_n, c_n",
    ):
        assert word in found
    assert found.count("gone") == 2
    assert found.count("new") == 4
    assert found.count("\u00d7") == 2, "the joined axis is drawn as the two that were joined, going in and coming out"
    assert "batch_size and seq_length joined into one axis" in found


def test_the_failing_layer_has_a_word_not_only_red(traces):
    assert "\u2717 FAILED HERE: the call" in texts(flow_svg(traces.crash()))
    assert "\u2717 FAILED HERE: in its own" in texts(flow_svg(traces.crash_between()))
    assert "FAILED" not in flow_svg(traces.regression())


def test_everything_is_inside_the_picture(any_trace):
    root = ET.fromstring(flow_svg(any_trace).encode("utf-8"))
    width, height = float(root.get("width")), float(root.get("height"))
    for box in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(box.get(key, 0)) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    for text in root.iter(f"{SVG}text"):
        x, size, length = float(text.get("x")), float(text.get("font-size")), len(text.text or "")
        wide = length * size * (0.6 if text.get("class") == "m" else 0.5)
        left = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor"), 0)
        assert left >= 0, text.text
        assert left + wide <= width + 1, text.text
        assert 0 < float(text.get("y")) <= height


def test_the_documented_flow_is_landscape_and_fits_a_page(traces):
    root = ET.fromstring(flow_svg(traces.regression()))
    assert float(root.get("height")) < float(root.get("width")) <= 900


def test_states_stand_below_the_output_where_there_is_no_room(traces):
    narrow = ET.fromstring(flow_svg(traces.regression(), width=700))
    assert float(narrow.get("width")) <= 700


@pytest.mark.parametrize("width", [500, 900])
def test_no_way_runs_through_a_card(traces, width):
    for trace in (traces.regression(), traces.both_directions()):
        svg = ET.fromstring(flow_svg(trace, width=width))
        boxes = [each for each in svg.iter(f"{SVG}rect") if each.get("stroke")]
        cards = [[float(each.get(name)) for name in ("x", "y", "width", "height")] for each in boxes]
        lines = [each.get("d") for each in svg.iter(f"{SVG}path") if each.get("stroke-width") == "1.6"]
        assert len(lines) > len(cards) / 2
        for line in lines:
            points = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", line)]
            for (left, top), (right, low) in pairwise(points):
                for x, y, wide, high in cards:
                    is_beside = max(left, right) <= x or min(left, right) >= x + wide
                    assert is_beside or max(top, low) <= y or min(top, low) >= y + high, (line, (x, y, wide, high))


def test_long_models_do_not_grow_with_equal_layers(traces):
    assert len(flow_svg(traces.deep(500))) < 1.1 * len(flow_svg(traces.deep(5)))


def test_the_forward_that_failed_is_drawn(traces):
    raised = CallRecord("", "PriceModel", "", (TensorRecord("input", (9, 9)),), status="raised")
    svg = flow_svg(Trace("PriceModel", (*traces.regression_entries(), TraceEntry(raised))))
    assert any("FAILED" in text for text in texts(svg))
    assert "seq_length" not in texts(svg)


def test_an_empty_trace_has_a_picture():
    assert "no call was seen" in texts(flow_svg(Trace("Net")))


def test_a_picture_shows_and_saves_itself(traces, tmp_path):
    picture = flow_picture(traces.regression())
    assert picture == Picture(flow_svg(traces.regression()))
    assert picture._repr_svg_() == str(picture) == picture.svg
    path = picture.save(tmp_path / "flow.svg")
    assert path.read_text(encoding="utf-8") == picture.svg
    with pytest.raises(OSError, match="nowhere"):
        picture.save(tmp_path / "nowhere" / "flow.svg")
    with pytest.raises(ValueError, match=r"expected a name that ends in .svg, got 'flow.png'"):
        picture.save(tmp_path / "flow.png")


def test_a_dim_has_one_colour_and_one_letter_of_its_own():
    dims = ["batch_size", "width", "weight", "wi", "bins", "b", *(f"x{at}" for at in range(30))]
    found = inks(dims)
    letters = [found[dim].letter for dim in dims]
    assert len(set(letters)) == len(dims)
    assert inks(["batch_size"])["batch_size"] == found["batch_size"]


def test_letters_can_be_read_on_their_colours():
    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    names = (
        "batch_size seq_length num_features hidden_size num_layers num_directions out_size num_classes embedding_dim"
    )
    for ink in inks([*names.split(), "proj_size", "steps", *(f"y{at}" for at in range(9))]).values():
        light, dark = sorted((luminance(ink.colour), luminance(ink.text)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, ink


def test_code_is_wrapped_where_it_can_be_read():
    assert wrapped("nn.MaxPool2d(kernel_size=2, stride=2)", 150, 10.5) == [
        "nn.MaxPool2d(",
        "kernel_size=2,",
        "stride=2)",
    ]
    assert "".join(wrapped("x" * 100, 100, 10)) == "x" * 100


def test_what_the_models_own_code_does_last_is_drawn(traces):
    found = texts(flow_svg(traces.put_back()))
    assert "batch_size*seq_length split into batch_size and seq_length" in found
    assert "the model's output" in found

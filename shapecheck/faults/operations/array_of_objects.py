"""An array of Python's objects or of text came where torch wants numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.joined.array_objects import OF_OBJECTS, array_of_objects


def _recognise(evidence: Evidence) -> Recognition | None:
    said = says(evidence, OF_OBJECTS)
    if said is None:
        return None
    holds = (
        "text"
        if said[1] == "str"
        else "objects of Python, numbers of several kinds among them or rows of several lengths"
    )
    item = array_of_objects(evidence)
    return Recognition(f"{item.expression if item is not None else 'the array'} holds {holds}", weight=7)


BAD = """\
import numpy as np
import torch

houses = np.array([[70, "north", 2.5], [120, "south", 3.5]], dtype=object)
print(torch.from_numpy(houses[:, [0, 2]]))
"""

GOOD = BAD.replace("houses[:, [0, 2]]", 'houses[:, [0, 2]].astype("float32")')

FAULT = Fault(
    code="SC576",
    slug="array_of_objects",
    headline="an array of objects or of text was given where torch wants numbers",
    why=(
        "A table with columns of several kinds, such as the values of a DataFrame, is an array of objects, and so are "
        "the columns that are cut from it, even if each holds numbers only. astype makes numbers of them. Where rows "
        "of several lengths were put together, they have to be padded first."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson='Cut the columns of numbers from a table, then astype("float32").',
    messages=(OF_OBJECTS,),
)

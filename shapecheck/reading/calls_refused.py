"""A call that Python refused for its arguments: what it gives, and what the function takes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.definitions import constructors, method_of, parameters_given
from shapecheck.reading.failing import failed, kind
from shapecheck.reading.script_classes import called_of, class_named
from shapecheck.reading.sources import Source, class_around, defaults_of, found_at, last_name, parameters, user_sources

_MISSING = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: (.+)")
_TOO_MANY = re.compile(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given")
_UNKNOWN = re.compile(r"got an unexpected keyword argument '(\w+)'")
_CALLED = re.compile(r"^(?:\w+: )?(?:[\w.<>]*\.)?(\w+)\(\) ")
_OF_OBJECTS = ("forward", "__init__", "__call__", "__new__")
_TORCHS = {
    "TripletMarginLoss": ("anchor", "positive", "negative"),
    "TripletMarginWithDistanceLoss": ("anchor", "positive", "negative"),
    "CosineEmbeddingLoss": ("input1", "input2", "target"),
    "MarginRankingLoss": ("input1", "input2", "target"),
    "CTCLoss": ("log_probs", "targets", "input_lengths", "target_lengths"),
    "GaussianNLLLoss": ("input", "target", "var"),
}


@dataclass(frozen=True)
class RefusedCall:
    """A call with other arguments than the function takes.

    Args:
        operation: The call, as the crash left it.
        source: The file.
        call: The call.
        name: The function that said no: ``"forward"``, ``"__init__"``.
        missing: The parameters that it says were left out.
        spare: How many arguments too many it was given.
        unknown: The keyword that it does not know.
        where: The file of the function, where it is one of the script.
        function: The function, where it is one of the script.
    """

    operation: Operation
    source: Source
    call: ast.Call
    name: str
    missing: tuple[str, ...] = ()
    spare: int = 0
    unknown: str = ""
    where: Source | None = None
    function: ast.FunctionDef | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """What the function takes, by name; nothing where that is not known."""
        if self.function is not None:
            return tuple(parameters_given(self.function))
        if self.operation.parameters:
            return self.operation.parameters
        return _TORCHS.get(kind(self.operation), ())

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters without a default."""
        given = {name for name, each in defaults_of(self.function.args) if each is not None} if self.function else set()
        return tuple(each for each in self.takes if each not in given) if self.function else self.takes

    @property
    def cause(self) -> str:
        """The fault that there is: of a layer that is made, or of anything else that is called."""
        return "made_with_other_arguments" if self.operation.parameters else "called_with_other_arguments"

    @property
    def lacks_self(self) -> bool:
        """Whether the function is a method that does not take its object."""
        function = self.function
        is_method = function is not None and class_around(function) is not None and not function.decorator_list
        return is_method and function is not None and parameters(function)[:1] != ["self"]

    @property
    def is_spread(self) -> bool:
        """Whether what is given is not written one by one."""
        spread = any(isinstance(each, ast.Starred) for each in self.call.args)
        return spread or any(each.arg is None for each in self.call.keywords)


def refused_call(evidence: Evidence) -> RefusedCall | None:
    """The call that was refused for its arguments; None where something else failed."""
    operation = failed(evidence)
    crash = evidence.crash
    if operation is None or crash is None or crash.type != "TypeError":
        return None
    message = crash.message
    missing, spare, unknown = (each.search(message) for each in (_MISSING, _TOO_MANY, _UNKNOWN))
    source, node = found_at(operation.span)
    called = _CALLED.search(message)
    if source is None or not isinstance(node, ast.Call) or called is None or not (missing or spare or unknown):
        return None
    if called[1] == "__init__" and last_name(node.func) != kind(operation):
        # What is called is a module that nobody made: the class itself is kept under another name.
        return None
    found = _function(evidence, source, node, called[1])
    if found is None and called[1] == "forward":
        # By the class of what was called, where it cannot be read off the script how that was made.
        found = _forward(class_named(evidence, kind(operation)))
    where, function = found or (None, None)
    if function is None and called[1] not in (*_OF_OBJECTS, last_name(node.func)):
        # Something that was handed over, or hooked on, was called from inside.
        return None
    return RefusedCall(
        operation,
        source,
        node,
        called[1],
        tuple(re.findall(r"'(\w+)'", missing[1])) if missing else (),
        int(spare[2]) - int(spare[1]) if spare else 0,
        unknown[1] if unknown else "",
        where,
        function,
    )


def _forward(owner: tuple[Source, ast.ClassDef] | None) -> tuple[Source, ast.FunctionDef] | None:
    function = method_of(owner[1], "forward") if owner is not None else None
    return (owner[0], function) if owner is not None and function is not None else None


def _function(evidence: Evidence, source: Source, call: ast.Call, name: str) -> tuple[Source, ast.FunctionDef] | None:
    """The function of the script that said no; none where it is another one than the call runs."""
    if name == "__init__":
        called = call.func.id if isinstance(call.func, ast.Name) else ""
        found = ((each, one) for each in user_sources(evidence) for one in constructors(each, called))
        return next(found, None)
    known = called_of(evidence, source, call)
    return known if known is not None and known[1].name == name else None

"""What a C driver needs to call one function of a module: its arguments, and what it lacks.

`driver.c` is the same for every function. What differs is IR, made here from the module's text: a
call with the function's own types, stand-ins for functions that are declared only, and memory for
globals that are declared only. Functions whose types need more than this have no driver.
"""

import re
from dataclasses import dataclass

from corpus.errors import CorpusError

_DEFINE = re.compile(r"^define (.*?)@(\"[^\"]*\"|[\w.$-]+)\((.*)\)(.*)\{$", re.MULTILINE)
_DECLARE = re.compile(r"^declare (.*?)@(\"[^\"]*\"|[\w.$-]+)\((.*?)\)([^()]*)$", re.MULTILINE)
_GLOBAL = re.compile(
    r"^@(\"[^\"]*\"|[\w.$-]+) = (.*?)external (.*?)(?:global|constant) ([^,\n]+)(.*)$", re.MULTILINE
)
_SCALAR = re.compile(r"\b(void|i(\d+)|float|double|ptr)\b")
_REFUSED = (
    "byval",
    "sret",
    "inalloca",
    "swift",
    "x86_",
    "addrspace",
    "<",
    "{",
    "[",
    "...",
    "token",
)
_MOST_ARGUMENTS = 16
_WORD_BITS = 64

_LIBRARY = frozenset(
    """
    abs atoi bcmp calloc ceil fabs floor fmod free labs malloc memchr memcmp memcpy memmove memset
    pow printf putchar puts qsort realloc round snprintf sprintf sqrt strcat strchr strcmp strcpy
    strcspn strlen strncat strncmp strncpy strrchr strspn strstr strtol toupper tolower trunc
    """.split()  # noqa: SIM905 - a list of words
)
"""Functions of the library that are called as they are: what they do stays within the process."""


class NoDriver(CorpusError, ValueError):
    """A function that the driver cannot call; says why."""


@dataclass(frozen=True, slots=True)
class _Value:
    type: str
    attributes: str = ""

    @property
    def kind(self) -> str:
        return {"float": "f", "double": "d", "ptr": "p"}.get(self.type, "i")


def driver_ir(module: str) -> str:
    """The IR that `driver.c` wants, for the one function defined in `module`. Raises NoDriver."""
    defined = list(_DEFINE.finditer(module))
    if len(defined) != 1:
        raise NoDriver(f"{len(defined)} functions are defined, the driver calls one")
    head, name, listed, _ = defined[0].groups()
    result, arguments = _value(head, "the result"), _values(listed)
    if len(arguments) > _MOST_ARGUMENTS:
        raise NoDriver(f"it has {len(arguments)} arguments")
    stubs = [_stub(one, number) for number, one in enumerate(_DECLARE.finditer(module))]
    found = [one.groups() for one in _GLOBAL.finditer(module)]
    kinds = "".join(one.kind for one in arguments)
    target = [line for line in module.splitlines() if line.startswith("target ")]
    types = [line for line in module.splitlines() if re.match(r"%\S+ = type ", line)]
    passed = ", ".join(one.type for one in arguments)
    lines = [
        *target,
        *types,
        "declare i64 @pl_stub(i64)",
        "declare void @pl_told(i64)",
        "declare ptr @pl_somewhere()",
        "declare void @pl_left() noreturn",
        f"declare {result.type} @{name}({passed})",
        f"@pl_count = constant i32 {len(arguments)}",
        f'@pl_kinds = constant [{len(kinds) + 1} x i8] c"{kinds}\\00"',
        *[line for line in stubs if line],
        *[f"@{name} = global {kind} zeroinitializer, align 16" for name, _, _, kind, _ in found],
        _globals([(name, kind) for name, _, _, kind, _ in found]),
        _call(name, result, arguments),
    ]
    return "\n".join(lines) + "\n"


def _value(text: str, what: str) -> _Value:
    """One result or parameter, from its text with attributes."""
    bare = re.sub(r"\b(range|captures|memory|initializes)\([^()]*(\([^()]*\)[^()]*)*\)", "", text)
    refused = [word for word in _REFUSED if word in bare]
    scalar = _SCALAR.search(bare)
    if refused or scalar is None:
        raise NoDriver(f"{what} is {' '.join(bare.split())}")
    if scalar[2] and int(scalar[2]) > _WORD_BITS:
        raise NoDriver(f"{what} is {scalar[1]}")
    extended = [word for word in ("signext", "zeroext") if word in bare]
    return _Value(scalar[1], " ".join(extended))


def _values(listed: str) -> list[_Value]:
    parts = re.split(r",(?![^(]*\))", listed)
    return [_value(part, f"argument {n}") for n, part in enumerate(parts, 1) if part.strip()]


def _stub(declared: "re.Match[str]", number: int) -> str:
    """A stand-in for a function that the module only declares; empty where the library's serves."""
    head, name, listed, attributes = declared.groups()
    if name in _LIBRARY or name.startswith("llvm."):
        return ""
    result, arguments = _value(head, f"the result of {name}"), _values(listed)
    parameters = ", ".join(f"{one.type} %a{at}" for at, one in enumerate(arguments))
    body = [f"  %s = call i64 @pl_stub(i64 {number})"]
    for at, one in enumerate(arguments):
        if one.kind == "i":
            wide = f"%a{at}"
            if one.type != "i64":
                body.append(f"  %w{at} = zext {one.type} %a{at} to i64")
                wide = f"%w{at}"
            body.append(f"  call void @pl_told(i64 {wide})")
    if "noreturn" in head + attributes:
        body += ["  call void @pl_left()", "  unreachable"]
    else:
        body += _returned(result)
    return f"define {result.type} @{name}({parameters}) {{\n" + "\n".join(body) + "\n}"


def _returned(result: _Value) -> list[str]:
    """The lines that return what the driver says."""
    if result.type == "void":
        return ["  ret void"]
    if result.kind == "p":
        return ["  %r = call ptr @pl_somewhere()", "  ret ptr %r"]
    if result.kind in "fd":
        return [f"  %r = uitofp i64 %s to {result.type}", f"  ret {result.type} %r"]
    if result.type == "i64":
        return ["  ret i64 %s"]
    return [f"  %r = trunc i64 %s to {result.type}", f"  ret {result.type} %r"]


def _globals(found: list[tuple[str, str]]) -> str:
    """The table of memory that inputs fill, which ends with a null."""
    rows = [
        f"{{ ptr, i64 }} {{ ptr @{name}, i64 ptrtoint (ptr getelementptr ({kind}, ptr null, i32 1)"
        " to i64) }"
        for name, kind in found
    ]
    rows.append("{ ptr, i64 } zeroinitializer")
    return f"@pl_globals = constant [{len(rows)} x {{ ptr, i64 }}] [{', '.join(rows)}]"


def _call(name: str, result: _Value, arguments: list[_Value]) -> str:
    body, passed = [], []
    for at, one in enumerate(arguments):
        body.append(f"  %p{at} = getelementptr i64, ptr %a, i64 {at}")
        body.append(f"  %v{at} = load {one.type}, ptr %p{at}, align 8")
        passed.append(f"{one.type} {one.attributes} %v{at}")
    call = f"call {result.attributes} {result.type} @{name}({', '.join(passed)})"
    if result.type == "void":
        body.append(f"  {call}")
    else:
        body += [f"  %x = {call}", f"  store {result.type} %x, ptr %r, align 8"]
    return "define void @pl_call(ptr %a, ptr %r) {\n" + "\n".join([*body, "  ret void", "}"])

"""Rules on Python: no hidden clock, no float near money, nothing swallowed, nothing endless."""

import ast
from collections.abc import Callable, Iterator

from tools.rules.refusal import Refusal, Source

BODY_LINES_MAX = 70  # twice what the houses we follow have at their 95th percentile
PRODUCT = "src/recoup"
WIRING = ("src/recoup/app.py", "src/recoup/app")
RENDERER = ("src/recoup/cli/render.py", "src/recoup/cli/render", "tools", "benchmarks")
MONEY_ROOMS = tuple(f"{PRODUCT}/{room}" for room in ("domain", "formats", "ledger", "partners"))
# How likely a count of records is: a chance is no money, and comes near none.
CHANCES = tuple(f"{PRODUCT}/domain/{file}" for file in ("counts.py", "drift.py"))
# A migration is a list of tables, as long as there are tables; it is written once and never read as code.
LISTS = ("src/recoup/storage/migrations",)

CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
ENVIRONMENT = {("os", "environ"), ("os", "getenv")}
# A command that opens no home answers without loading the wiring.
CALLED = ("src/recoup/cli/call.py",)

type_checking = "TYPE_" + "CHECKING"
Rule = Callable[[ast.AST], Iterator[tuple[str, str]]]


def check_python(source: Source) -> list[Refusal]:
    """Look at one Python file; a file that cannot be parsed is refused as a whole."""
    try:
        tree = ast.parse(source.text)
    except SyntaxError as problem:
        return [Refusal(str(source.path), problem.lineno or 1, "Python that cannot be parsed", str(problem.msg))]
    rules = list(_rules_for(source))
    return [
        Refusal(str(source.path), getattr(node, "lineno", 1), what, instead)
        for node in ast.walk(tree)
        for rule in rules
        for what, instead in rule(node)
    ]


def _rules_for(source: Source) -> Iterator[Rule]:
    yield _bare_except
    if not source.within(*LISTS):
        yield _long_body
    if not source.within(*RENDERER):
        yield _print
    if source.within(PRODUCT):
        yield _type_checking
        if not source.within(*WIRING):
            yield _clock
        if not source.within(*WIRING, *CALLED):
            yield _environment
    if source.within(*MONEY_ROOMS) and not source.within(*CHANCES):
        yield _float


def _bare_except(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ExceptHandler) and node.type is None:
        yield "a bare except", "name the exception, and let the others be heard"


def _long_body(node: ast.AST) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if body and (lines := (body[-1].end_lineno or 0) - body[0].lineno + 1) > BODY_LINES_MAX:
        yield f"a body of {lines} lines ({node.name})", "split it into steps with names"


def _print(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        yield "print", "return the value and let recoup/cli/render.py show it, or log it"


def _type_checking(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Name | ast.alias | ast.Attribute) and type_checking in ast.unparse(node).split("."):
        yield "an import for the type checker alone", "move the type down to the floor that both may read"


def _clock(node: ast.AST) -> Iterator[tuple[str, str]]:
    for owner, name in _reached(node) & CLOCKS:
        yield f"{owner}.{name}", "take the instant as a parameter, so that replay gives the same answer"


def _environment(node: ast.AST) -> Iterator[tuple[str, str]]:
    for owner, name in _reached(node) & ENVIRONMENT:
        yield f"{owner}.{name}", "take the value as a parameter; recoup/app.py alone reads the environment"


def _reached(node: ast.AST) -> set[tuple[str, str]]:
    """Give what a node reaches as (owner, name): `datetime.datetime.now` and `from time import time` alike."""
    if isinstance(node, ast.Attribute):
        return {(ast.unparse(node.value).rpartition(".")[2], node.attr)}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "", alias.name) for alias in node.names}
    return set()


def _float(node: ast.AST) -> Iterator[tuple[str, str]]:
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    if called or any(_names_float(annotation) for annotation in _annotations(node)):
        yield "float", "use integers of minor units, Decimal for rates, or the text as it was sent"


def _annotations(node: ast.AST) -> list[ast.expr | None]:
    if isinstance(node, ast.AnnAssign | ast.arg):
        return [node.annotation]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.returns]
    return []


def _names_float(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(
        isinstance(part, ast.Name) and part.id == "float" for part in ast.walk(annotation)
    )

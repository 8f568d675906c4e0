"""Set a page where Python finds no Typst."""

import sys

from recoup.reports.page import compiler


def fail() -> None:
    found = sys.modules.pop("typst", None)
    sys.modules["typst"] = None  # type: ignore[assignment]
    try:
        compiler()
    finally:
        del sys.modules["typst"]
        if found is not None:
            sys.modules["typst"] = found

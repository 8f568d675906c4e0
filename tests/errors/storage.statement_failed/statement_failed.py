"""Run a step that casts what it should have checked."""

import tempfile
from pathlib import Path

from recoup.settings import EngineSettings
from recoup.storage.engines import open_engine
from recoup.storage.steps import Step


def fail() -> None:
    with tempfile.TemporaryDirectory() as place:
        engine = open_engine("duckdb", EngineSettings(), Path(place))
        engine.run(Step("same_day__amounts", "select cast('12,50' as bigint) as amount_minor"))

import json
import re
from pathlib import Path

import pytest

from recoup.errors import StorageProblem
from recoup.marts import dbt
from recoup.marts.catalogue import read_catalogue
from recoup.marts.testing import laws


def test_names_become_references_and_all_else_stays() -> None:
    """Models by ref, sources by source, steps of the query as they are; a table without an alias keeps its name."""
    sql = "with a as (select id from disputes) -- mine\nselect a.id, clearing.leg from a join clearing on true"
    assert dbt.referred(sql, read_catalogue()) == (
        "with a as (select id from {{ source('recoup', 'disputes') }} as disputes) -- mine\n"
        "select a.id, clearing.leg from a join {{ ref('clearing') }} as clearing on true"
    )


def test_the_project_has_every_model_its_columns_and_its_laws(tmp_path: Path) -> None:
    """One file for each model, one test for each thing that must be true."""
    catalogue = read_catalogue()
    dbt.export(catalogue, tmp_path)
    schema = json.loads((tmp_path / "models" / "schema.yml").read_text())
    told = {model["name"]: [column["name"] for column in model["columns"]] for model in schema["models"]}
    assert told == {name: [c.name for c in model.columns] for name, model in catalogue.models.items()}
    assert {path.stem for path in (tmp_path / "models").glob("*.sql")} == set(catalogue.models)
    assert len(list((tmp_path / "tests").glob("*.sql"))) == sum(len(laws(m)) for m in catalogue.models.values())


def test_every_reference_leads_somewhere(tmp_path: Path) -> None:
    """What is read is a model of the project or one of its sources."""
    catalogue = read_catalogue()
    dbt.export(catalogue, tmp_path)
    known = {
        table["name"] for table in json.loads((tmp_path / "models" / "sources.yml").read_text())["sources"][0]["tables"]
    }
    for path in tmp_path.glob("*/*.sql"):
        assert set(re.findall(r"source\('recoup', '(\w+)'\)", path.read_text())) <= known, path.name
        assert set(re.findall(r"ref\('(\w+)'\)", path.read_text())) <= set(catalogue.models), path.name


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """A project is written over a project, or where nothing is."""
    (tmp_path / "letters.txt").touch()
    with pytest.raises(StorageProblem, match="no dbt project"):
        dbt.export(read_catalogue(), tmp_path)

"""Everything a user can name is named in docs/, and docs name nothing that is not there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from neuroscope import errors, settings
from neuroscope.cli.main import app
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.report.wording import RULE_OF_VOLUMES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
CLI_TEXT = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")


def commands() -> dict[str, object]:
    """Every command by its full name, groups opened."""
    found: dict[str, object] = {}

    def collect(prefix: str, group) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                collect(f"{prefix}{name} ", command)
            else:
                found[f"{prefix}{name}"] = command

    collect("", typer.main.get_command(app))
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_is_documented(name):
    assert f"neuroscope {name}" in CLI_TEXT
    start = CLI_TEXT.index(f"neuroscope {name}")
    section = CLI_TEXT[start : CLI_TEXT.find("\n## ", start)]
    for parameter in commands()[name].params:  # type: ignore[attr-defined]
        options = [o for o in (*parameter.opts, *parameter.secondary_opts) if o.startswith("--")]
        if options and parameter.name != "help":
            assert any(option in section for option in options), options


def test_every_setting_is_documented():
    source = Path(settings.__file__).read_text(encoding="utf-8")
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"NEUROSCOPE_[A-Z_]+", source)):
        assert f"`{name}`" in page


def test_every_error_is_documented():
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    kinds = [name for name in vars(errors) if name.endswith("Error")]
    assert kinds
    for kind in kinds:
        assert f"`{kind}`" in page


def test_every_endpoint_is_in_the_published_document(tmp_path):
    writer = [sys.executable, "-m", "neuroscope.api.openapi", str(tmp_path / "now.json")]
    subprocess.run(writer, check=True)
    now = json.loads((tmp_path / "now.json").read_text(encoding="utf-8"))
    published = json.loads((DOCS / "reference" / "openapi.json").read_text(encoding="utf-8"))
    assert published["paths"].keys() == now["paths"].keys()


@pytest.mark.parametrize(
    ("page", "schema"),
    [
        ("result-json.md", "result.schema.json"),
        ("volumetry-json.md", "volumetry.schema.json"),
    ],
)
def test_every_member_of_what_is_written_is_documented(page, schema):
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")

    def members(node: object) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(members, node))
        if not isinstance(node, dict):
            return set()
        own = set(node.get("properties", {}))
        return own.union(*map(members, node.values()))

    described = json.loads((DOCS / "reference" / schema).read_text(encoding="utf-8"))
    for name in members(described) - set(TUMOR_CLASSES):
        assert f"`{name}" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_paths_in_the_table_of_changes_exist():
    page = (DOCS / "where-do-i-change.md").read_text(encoding="utf-8")
    for path in re.findall(r"`([\w/]+(?:\.py|/))`", page):
        if re.search("[A-Z]{3}", path):
            continue  # a name to fill in
        beside = (ROOT / path, ROOT / "src" / "neuroscope" / path)
        assert any(place.exists() for place in beside), path


def test_the_index_leads_to_every_page():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        if page.name != "index.md":
            assert f"({page.relative_to(DOCS)})" in index, page.name


def test_the_rule_that_the_report_cites_is_written_down():
    assert (ROOT / RULE_OF_VOLUMES).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_private_place(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(work|root|tmp|home)/", text)


def test_the_share_of_abstentions_is_that_of_the_card():
    card = (DOCS / "reference" / "model-card-evidence.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"\| doubt: abstention \| ([\d.]+) \|", card)
    page = (DOCS / "explanation" / "uncertainty.md").read_text(encoding="utf-8")
    assert f"It abstains on {100 * float(shown):.1f} % of" in page

"""The documentation keeps to the code: paths, links, layers, steps, metrics and settings that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.domain.kinds import Step
from app.metrics import FAMILIES
from app.observe import gauges
from app.settings import Settings
from tests.contract.test_layers import LAYERS, PIPELINE
from tests.pages import ROOT, missing, named_tests

PAGES = sorted(
    path.relative_to(ROOT)
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "secrets/README.md")
    if path.name != "CHANGELOG.md"  # tells of files that are gone
)
GENERATED = Path("docs/pipeline-example.md")  # by `make example`, from the text of app/demo/example
LONGEST = 100  # columns of a line that is no table, no link and no output
PATHS = re.compile(r"(?<![\w/.-])(?:app|alembic|deploy|docs|requirements|scripts|tests)/[\w./*-]*[\w*]")
NAMES = re.compile(r"`(\w+\.(?:py|sql|toml))`")
LINKS = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SETTINGS = {name.upper() for name in Settings.model_fields} | {"SECRETS_DIR"}

every_page = pytest.mark.parametrize("page", PAGES, ids=str)


def text_of(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """The text below a heading, up to the next heading of any level."""
    [text] = re.findall(rf"^#+ {re.escape(title)}$(.*?)(?=^#+ |\Z)", text_of(page), re.M | re.S)
    return str(text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


def test_the_pages_are_found() -> None:
    names = {str(page) for page in PAGES}
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/checks.md"} <= names
    assert {"docs/README.md", "docs/adr/README.md", "docs/glossary.md"} <= names


@every_page
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = {path for path in PATHS.findall(text_of(page)) if not any(ROOT.glob(path))}
    assert named == set()


@every_page
def test_every_file_that_a_page_names_without_its_path_exists(page: Path) -> None:
    places = [
        path for place in ("app", "alembic", "deploy", "scripts", "tests") for path in (ROOT / place).rglob("*.*")
    ]
    known = {path.name for path in (*places, *ROOT.glob("*.*"))}
    assert set(NAMES.findall(text_of(page))) - known == set()


@every_page
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    assert missing(named_tests(text_of(page))) == []


@every_page
def test_every_link_leads_to_a_page_and_its_heading(page: Path) -> None:
    dead = []
    for target in LINKS.findall(text_of(page)):
        place, _, anchor = target.partition("#")
        if ":" in place:
            continue
        file = (ROOT / page.parent / place) if place else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != GENERATED], ids=str)
def test_lines_are_short(page: Path) -> None:
    long = [line for line in prose(text_of(page)) if len(line) > LONGEST and " " in line.strip()]
    assert long == []


def prose(text: str) -> list[str]:
    """The lines that people write: neither tables nor the output of commands."""
    lines = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).splitlines()
    return [line for line in lines if not line.lstrip().startswith("|") and not line.startswith("    ")]


@every_page
def test_every_page_begins_with_its_purpose(page: Path) -> None:
    title, blank, first, *_ = text_of(page).splitlines()
    assert title.startswith("# ")
    assert not blank
    assert re.match(r"[\w`*\[]", first), "a paragraph says the purpose before any list, table or code"


def test_the_home_of_the_documentation_lists_every_page() -> None:
    linked = {(ROOT / "docs" / target).resolve() for target in LINKS.findall(text_of("docs/README.md"))}
    records = {ROOT / page for page in PAGES if page.parent == Path("docs/adr") and page.name != "README.md"}
    assert {ROOT / page for page in PAGES} - records - linked == {ROOT / "docs/README.md"}


def test_the_index_lists_every_decision_in_order() -> None:
    linked = [target for target in LINKS.findall(text_of("docs/adr/README.md")) if target.startswith("0")]
    assert linked == sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))


# ARCHITECTURE


def drawn(block: str) -> list[tuple[str, ...]]:
    """The layers of a diagram, from the bottom to the top: names, then a remark behind #."""
    lines = [line.partition("#")[0].split() for line in block.strip().splitlines()]
    return [tuple(sorted(names)) for names in reversed(lines)]


def test_the_layer_diagram_is_the_order_that_the_layer_test_holds() -> None:
    layers, pipeline = re.findall(r"^```text\n(.*?)^```$", section("ARCHITECTURE.md", "Layers"), re.M | re.S)
    assert drawn(layers) == [tuple(sorted(layer)) for layer in LAYERS]
    assert drawn(pipeline) == list(PIPELINE)


def test_the_architecture_says_what_each_step_writes_and_makes_due() -> None:
    table = section("ARCHITECTURE.md", "Which step writes the posts, and which schedules the next")
    rows = re.findall(r"^\| (\w+) \| .+ \| .+ \|$", table, re.M)
    assert rows == ["step", *Step]


def test_the_picture_of_the_readme_has_every_step() -> None:
    [picture] = re.findall(r"^```mermaid\n(.*?)^```$", text_of("README.md"), re.M | re.S)
    assert {step for step in Step if f'{step}["{step}' not in picture} == set()
    assert text_of("README.md").index(picture) < text_of("README.md").index("make demo")


# checks.md, settings


def test_the_checks_name_every_metric() -> None:
    named = set(re.findall(r"\b[a-z]+_[a-z_]+\b", section("docs/checks.md", "2. The metrics")))
    assert {*FAMILIES, *gauges.FAMILIES, "queue_depth", "metrics_backend_up"} <= named


def test_the_readme_and_the_examples_name_settings_that_exist() -> None:
    table = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", section("README.md", "Settings"), re.M)
    named = {name for cell in table for name in re.findall(r"[A-Z_]+", cell)}
    assert len(named) > 40
    examples = {
        name
        for page in (".env.example", "compose.env.example")
        for name in re.findall(r"^([A-Z_]+)=", text_of(page), re.M)
    }
    assert (named | examples) - SETTINGS == set()


def test_the_readme_lists_every_secret() -> None:
    secrets = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert {name for name in secrets if f"`{name}`" not in section("README.md", "Settings")} == set()

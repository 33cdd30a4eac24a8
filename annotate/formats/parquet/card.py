"""The dataset card: front matter that Hugging Face understands, and a page that people do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotate.formats.contract import CardFacts
from annotate.records import Loss

# Upper bounds and names of size classes, as the Hub spells them.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
# Licences that the Hub knows by identifier; others are named as "other".
_LICENCES = frozenset(
    (
        "apache-2.0", "mit", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0",
        "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
        "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "odbl", "odc-by", "pddl", "cdla-permissive-2.0",
        "bsd-3-clause", "gpl-3.0", "unknown",
    )
)  # fmt: skip
_COLUMNS = """\
| column | meaning |
|---|---|
| `id`, `split`, `group`, `position`, `variety` | the item, and its place in a document or dialogue |
| `lang`, `text`, `fields` | the language of the row, its text, and all named texts of the item |
| `source_lang`, `source_text`, `source_fields` | what the text was translated from, if anything |
| `spans` | labels on `[start, end)` of the text of `field`, with the `surface` that stands there |
| `answers`, `relations` | answers to questions (`value` is JSON) and links between spans by `key` |
| `source_spans`, `source_answers`, `source_relations` | the same for the source text |
| `origin`, `gold` | how the labels were decided on, and whether they were known beforehand |
| `rendition_origin` | whether the text is `original`, by a `machine` or by a `person` |
| `metadata`, `inputs` | further facts of the item, as JSON |
"""


@dataclass(slots=True)
class Contents:
    """What was written: rows and judgements by (language, split), and what they hold."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    judgements: Counter[tuple[str, str]] = field(default_factory=Counter)
    origins: Counter[tuple[str, str]] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    has_answers: bool = False
    has_sources: bool = False


def card(facts: CardFacts, contents: Contents, losses: Sequence[Loss]) -> str:
    """The README: YAML front matter and Markdown."""
    front = "".join(f"{line}\n" for line in _yaml(_front(facts, contents)))
    return f"---\n{front}---\n\n{_page(facts, contents, losses)}"


def _front(facts: CardFacts, contents: Contents) -> dict[str, Any]:
    spoken = list(facts.languages) or sorted({language for language, _ in contents.rows})
    codes = list(dict.fromkeys(tag.partition("-")[0].lower() for tag in spoken))
    licence = facts.licence.lower()
    known = licence in _LICENCES
    tasks = list(facts.task_categories)
    if not tasks and contents.labels:
        tasks.append("token-classification")
    if not tasks and contents.has_answers:
        tasks.append("text-classification")
    kind = "translation" if contents.has_sources else "multilingual"
    front = {
        "pretty_name": facts.name,
        "language": codes,
        "language_bcp47": [tag for tag in spoken if "-" in tag],
        "license": (licence if known else "other") if licence else "",
        "license_name": "" if known else facts.licence,
        "license_link": facts.licence_link,
        "multilinguality": [kind if len(codes) > 1 else "monolingual"],
        "size_categories": [size_class(sum(contents.rows.values()))],
        "task_categories": tasks,
        "task_ids": list(facts.task_ids),
        "annotations_creators": list(facts.annotations_creators),
        "language_creators": list(facts.language_creators),
        "source_datasets": list(facts.source_datasets),
        "tags": list(facts.tags),
        "configs": _configs(contents),
    }
    return {key: value for key, value in front.items() if value}


def size_class(rows: int) -> str:
    """The Hub's size class of a number of rows.

    >>> size_class(999), size_class(1000)
    ('n<1K', '1K<n<10K')
    """
    return next((name for bound, name in _SIZES if rows < bound), "100M<n<1B")


def _configs(contents: Contents) -> list[dict[str, Any]]:
    """All languages together, each language alone, and the judgements."""
    configs: list[dict[str, Any]] = []
    languages = sorted({language for language, _ in contents.rows})
    if languages:
        together = _files("data", "*", sorted({split for _, split in contents.rows}))
        configs.append({"config_name": "default", "data_files": together, "default": True})
    for language in languages:
        splits = sorted(split for own, split in contents.rows if own == language)
        configs.append({"config_name": language, "data_files": _files("data", language, splits)})
    judged = sorted({split for _, split in contents.judgements})
    if judged:
        configs.append(
            {"config_name": "judgements", "data_files": _files("judgements", "*", judged)}
        )
    return configs


def _files(folder: str, language: str, splits: Sequence[str]) -> list[dict[str, str]]:
    return [{"split": split, "path": f"{folder}/{language}/{split}-*.parquet"} for split in splits]


def _yaml(value: dict[str, Any], indent: str = "") -> list[str]:
    """Block-style YAML whose scalars are JSON, which every YAML reader takes as they are."""
    lines = []
    for key, inner in value.items():
        if not isinstance(inner, list):
            lines.append(f"{indent}{key}: {json.dumps(inner, ensure_ascii=False)}")
            continue
        lines.append(f"{indent}{key}:")
        for part in inner:
            if isinstance(part, dict):
                first, *others = _yaml(part, indent + "  ")
                lines += [f"{indent}- {first.lstrip()}", *others]
            else:
                lines.append(f"{indent}- {json.dumps(part, ensure_ascii=False)}")
    return lines


def _page(facts: CardFacts, contents: Contents, losses: Sequence[Loss]) -> str:
    parts = [f"# {_line(facts.name)}", facts.description.strip()]
    if facts.version:
        parts.append(f"Version {_line(facts.version)}.")
    if facts.licence:
        link = f" ({facts.licence_link})" if facts.licence_link else ""
        parts.append(f"Licence: {_line(facts.licence)}{link}.")
    parts += ["## What is in it", _counts(contents)]
    if contents.labels:
        rows = [f"| {_cell(name)} | {count} |" for name, count in sorted(contents.labels.items())]
        parts.append("\n".join(["| label | spans |", "|---|--:|", *rows]))
    parts += [
        "## Columns",
        "Offsets count Unicode code points from 0; an end is exclusive: in Python, "
        "`text[start:end] == surface`.",
        _COLUMNS.strip(),
    ]
    if contents.judgements:
        parts.append(
            "`judgements/` holds every judgement as it was given, one row each: `rater` is a "
            "pseudonym, `seconds` the time taken, `mode` whether machines' labels were shown, "
            "`verdicts` what was said of each label shown (JSON)."
        )
    for heading, text in facts.sections.items():
        parts += [f"## {_line(heading)}", text.strip()]
    if losses:
        found = [f"- {_line(x.what)}: {x.count} (first: {_line(x.example)})" for x in losses]
        parts += ["## What these files do not carry", "\n".join(found)]
    if facts.citation:
        parts += ["## Citation", f"```\n{facts.citation.strip()}\n```"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counts(contents: Contents) -> str:
    lines = ["| language | split | rows | judgements |", "|---|---|--:|--:|"]
    for language, split in sorted(contents.rows.keys() | contents.judgements.keys()):
        rows, judged = contents.rows[language, split], contents.judgements[language, split]
        lines.append(f"| {language} | {split} | {rows} | {judged} |")
    lines += ["", "| language | decided by | rows |", "|---|---|--:|"]
    for (language, origin), count in sorted(contents.origins.items()):
        lines.append(f"| {language} | {_cell(origin)} | {count} |")
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")

"""Licences: what the terms of sources and machines allow of a released data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence asks of what is made from a work.

    ``share_alike``: under the same licence only. ``non_commercial``, ``no_derivatives``: as named.
    """

    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False


# By SPDX identifier in lower case. A data set made from others carries all of their conditions.
KNOWN: dict[str, Terms] = {
    "cc0-1.0": Terms(),
    "pddl-1.0": Terms(),
    "cc-by-3.0": Terms(),
    "cc-by-4.0": Terms(),
    "odc-by-1.0": Terms(),
    "cdla-permissive-2.0": Terms(),
    "apache-2.0": Terms(),
    "mit": Terms(),
    "bsd-3-clause": Terms(),
    "cc-by-sa-3.0": Terms(share_alike=True),
    "cc-by-sa-4.0": Terms(share_alike=True),
    "odbl-1.0": Terms(share_alike=True),
    "cc-by-nc-4.0": Terms(non_commercial=True),
    "cc-by-nc-sa-4.0": Terms(share_alike=True, non_commercial=True),
    "cc-by-nd-4.0": Terms(no_derivatives=True),
    "cc-by-nc-nd-4.0": Terms(non_commercial=True, no_derivatives=True),
}
# Later versions that works under an earlier one may be released under.
_SUCCESSORS = {"cc-by-sa-3.0": ("cc-by-sa-4.0",)}
# What the maker of a machine says of its output, as an annotator's terms may begin.
FREE, NON_COMMERCIAL, CLOSED = "free", "non-commercial", "not to be published"
OUTPUT = (FREE, NON_COMMERCIAL, CLOSED)


def canonical(name: str) -> str:
    """The identifier in its usual spelling.

    >>> canonical(" CC BY-SA 4.0 ")
    'cc-by-sa-4.0'
    """
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())


def conflicts(source: str, release: str, machines: Iterable[tuple[str, str]]) -> list[str]:
    """Why a data set from a source may not be released under a licence; empty where it may.

    ``machines`` are (name, terms of its output) of those whose texts or labels are in it. What is not
    known blocks: nobody can promise for terms that nobody has read.
    """
    found: list[str] = []
    own, wanted = canonical(source), canonical(release)
    if not own:
        found.append(
            "The licence of the source data is not stated: state it in the project's settings."
        )
    elif own not in KNOWN:
        found.append(
            f"The source's licence {source!r} is not known here. Use an SPDX identifier such as "
            "cc-by-4.0, or ask its holder for one of these."
        )
    if wanted not in KNOWN:
        found.append(f"{release!r} is no licence known here; use one such as cc-by-4.0.")
    if own in KNOWN and wanted in KNOWN:
        found += _between(own, wanted)
    for name, terms in machines:
        found += _of_machine(name, terms, wanted)
    return found


def _between(own: str, wanted: str) -> list[str]:
    given, asked = KNOWN[own], KNOWN[wanted]
    found = []
    if given.no_derivatives:
        found.append(f"{own} forbids works made from the source, such as translations and labels.")
    if given.share_alike and wanted != own and wanted not in _SUCCESSORS.get(own, ()):
        found.append(f"{own} asks that what is made from the source be released under {own}.")
    if given.non_commercial and not asked.non_commercial:
        found.append(f"{own} forbids commercial use, which {wanted} allows.")
    return found


def _of_machine(name: str, terms: str, wanted: str) -> list[str]:
    said = terms.strip().lower()
    if not said:
        return [f"What may be done with the output of {name} is not stated: see its terms of use."]
    if said.startswith(CLOSED):
        return [f"The terms of {name} do not let its output be published."]
    if said.startswith(NON_COMMERCIAL) and not KNOWN.get(wanted, Terms()).non_commercial:
        return [f"The terms of {name} forbid commercial use of its output, which {wanted} allows."]
    if not said.startswith(OUTPUT):
        return [f"The terms of {name} must begin with one of: {', '.join(OUTPUT)}."]
    return []

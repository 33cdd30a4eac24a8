"""Route: which renditions are accepted as they are, which a person sees, how, and how soon."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.aggregate import Tally
from pipeline.sampling import is_member

Route = Literal["accept", "person", "manual"]
Mode = Literal["blind", "assisted"]

SENTENCES = {
    "unanimous": "All {voters} annotators say the same.",
    "low_entropy": "A majority agrees; the votes differ by {entropy:.2f} bits, within the limit.",
    "single_source": "Only one annotator answered.",
    "single_accepted": "One annotator answered, and the policy accepts a single source.",
    "one_family": "All {voters} annotators say the same, but no other kind of evidence confirms it.",
    "few_voters": "{voters} annotators answered; the policy asks for {min_voters}.",
    "split": "The {voters} annotators differ by {entropy:.2f} bits.",
    "tied": "The {voters} annotators are tied.",
    "label": "The policy has people see every text with the label {label}.",
    "untrusted": "Too few of the {voters} annotators are right often enough in this language.",
    "everything": "All annotators agree, but the policy accepts nothing unseen.",
    "no_reading": "No annotator gave a usable answer ({problems}).",
    "no_annotator": "No annotator was asked.",
    "problem": "Not every annotator gave a usable answer ({problems}).",
}
"""Reason codes and what they say, to be filled with the tally's figures."""

# What a policy may say otherwise for a language.
OF_LANGUAGE = (
    "accept_unanimous", "max_entropy", "min_voters", "min_families", "single_source", "overlap",
    "disputed_overlap", "person_labels", "trusted_from",
)  # fmt: skip
_SHARES = (
    "audit_share", "blind_share", "planted_share", "gold_share", "repeat_share", "trusted_from",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """What a project decides about its people's time. Shares are probabilities from 0 to 1.

    ``overlap`` people judge each routed rendition, ``disputed_overlap`` where annotators differ
    (None: the same). A tally is accepted with at least ``min_voters`` who say the same
    (``accept_unanimous``), or with a majority whose entropy is at most ``max_entropy`` bits.
    ``min_families`` asks that so many kinds of evidence say it: annotators that share an aligner err
    together (their agreement is one witness). ``single_source`` says what happens to a lone answer,
    or to a lone family's. An ``audit_share`` of all renditions,
    drawn whatever the route, is judged by ``audit_seats`` people in ``audit_mode``. ``blind_share``
    of the work shows no proposal. ``person_labels`` are labels (of spans and relations, or options
    of questions) that people always see. ``trusted_from`` is the share of whole texts a machine must
    have been right on in a language for its agreement to count there, 0 to count all.
    ``by_language`` holds by tag what of ``OF_LANGUAGE`` is otherwise there.
    ``planted_share``, ``gold_share`` and ``repeat_share`` are the
    parts of a person's seats that check attention (``verify.attention`` draws them). ``bands`` are
    falling entropy limits in bits for urgency.
    """

    seed: str = "vouch"
    audit_share: float = 0.05
    audit_mode: Mode = "blind"
    audit_seats: int = 1
    blind_share: float = 0.1
    overlap: int = 1
    disputed_overlap: int | None = None
    single_source: Literal["person", "accept"] = "person"
    min_voters: int = 2
    min_families: int = 2
    accept_unanimous: bool = True
    max_entropy: float = 0.0
    planted_share: float = 0.0
    gold_share: float = 0.0
    repeat_share: float = 0.0
    bands: tuple[float, float, float] = (1.5, 0.9, 1e-9)
    person_labels: tuple[str, ...] = ()
    trusted_from: float = 0.0
    by_language: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _SHARES:
            _check(name, _is_number(getattr(self, name), 0, 1), "a number from 0 to 1", self)
        for name in ("overlap", "min_voters", "min_families", "audit_seats"):
            _check(name, _is_count(getattr(self, name)), "a whole number of at least 1", self)
        disputed = self.disputed_overlap
        _check(
            "disputed_overlap",
            disputed is None or (_is_count(disputed) and disputed >= self.overlap),
            f"empty or a whole number of at least overlap ({self.overlap})",
            self,
        )
        _check("seed", isinstance(self.seed, str) and bool(self.seed), "a text", self)
        _check("audit_mode", self.audit_mode in ("blind", "assisted"), "blind or assisted", self)
        lone = self.single_source in ("person", "accept")
        _check("single_source", lone, "person or accept", self)
        _check("accept_unanimous", isinstance(self.accept_unanimous, bool), "true or false", self)
        _check("max_entropy", _is_number(self.max_entropy, 0, 64), "bits, 0 or more", self)
        bands = self.bands
        falling = len(bands) == 3 and all(_is_number(limit, 0, 64) for limit in bands)
        falling = falling and list(bands) == sorted(bands, reverse=True)
        _check("bands", falling, "three falling limits in bits", self)
        words = all(isinstance(label, str) and label for label in self.person_labels)
        listed = isinstance(self.person_labels, tuple) and words
        _check("person_labels", listed, "a list of labels", self)
        self._check_languages()
        checks = self.planted_share + self.gold_share + self.repeat_share
        if checks > 1:
            raise ValueError(
                f"planted_share, gold_share and repeat_share add up to {checks:g}; give at most 1"
            )

    def _check_languages(self) -> None:
        for tag, own in self.by_language.items():
            strange = sorted(set(own) - set(OF_LANGUAGE))
            if strange:
                raise ValueError(
                    f"by_language of {tag} has {', '.join(strange)}; use of {', '.join(OF_LANGUAGE)}"
                )
            try:
                self.of(tag)
            except ValueError as error:
                raise ValueError(f"by_language of {tag}: {error}") from error

    def of(self, language: str) -> RoutingPolicy:
        """The policy as it is in a language.

        >>> strict = RoutingPolicy(by_language={"sw": {"overlap": 2}})
        >>> strict.of("sw").overlap, strict.of("es").overlap
        (2, 1)
        """
        own = {**self.by_language.get(language, {})}
        if isinstance(own.get("person_labels"), list):
            own["person_labels"] = tuple(own["person_labels"])
        return dataclasses.replace(self, **own, by_language={}) if own else self

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> RoutingPolicy:
        """A policy from stored settings; what is left out takes its default.

        Raises ValueError naming the setting, its value and what is allowed.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            wrong, right = ", ".join(unknown), ", ".join(sorted(known))
            raise ValueError(f"unknown routing setting {wrong}; use one of {right}")
        values = dict(settings)
        if isinstance(values.get("bands"), list):
            values["bands"] = tuple(values["bands"])
        if "bands" in values and not isinstance(values["bands"], tuple):
            raise ValueError(f"bands is {values['bands']!r}; give three falling limits in bits")
        if isinstance(values.get("person_labels"), list):
            values["person_labels"] = tuple(values["person_labels"])
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON values; ``from_mapping`` reads them back."""
        lists = {"bands": list(self.bands), "person_labels": list(self.person_labels)}
        return {**dataclasses.asdict(self), **lists}


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a rendition goes.

    ``reason`` is a code of ``SENTENCES``, ``sentence`` what a person reads. ``audit`` tells that
    the random audit drew it, which happens with probability ``audit_probability`` whatever the
    route. ``mode`` is how its seats are shown; ``band`` 0 is served first; ``seats`` people are
    asked, 0 for what is accepted outside the audit.
    """

    route: Route
    reason: str
    sentence: str
    audit: bool
    audit_probability: float
    mode: Mode
    band: int
    seats: int


def labels_in(votes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The labels of marks and relations, and the options, that any annotator voted for.

    >>> sorted(labels_in([{"label": "PER"}, {"question": "q", "value": ["a", "b"]}]))
    ['PER', 'a', 'b']
    """
    found: set[str] = set()
    for row in votes:
        said = row.get("label", row.get("value"))
        found |= {one for one in (said if isinstance(said, list) else [said]) if type(one) is str}
    return frozenset(found)


def route(
    tally: Tally, policy: RoutingPolicy, key: str, *, families: int | None = None,
    trusted: int | None = None,
) -> Routing:  # fmt: skip
    """Decide where the rendition named ``key`` goes; ``policy`` is that of its language.

    ``families`` counts the kinds of evidence that say what the tally proposes, those that may not
    vote included; None takes every voter for a kind of its own. ``trusted`` counts the voters whose
    agreement counts here; None trusts all.

    The same tally, policy and key give the same answer always. The draws for audit and mode depend
    on seed and key alone, so an accepted and a disputed rendition have equal chances in both, and
    the audit estimates the error rate of the accepted without bias.
    """
    label = (
        min(labels_in(tally.votes).intersection(policy.person_labels), default="")
        if (policy.person_labels)
        else ""
    )
    heard = tally.voters if trusted is None else trusted
    kinds = tally.voters if families is None else families
    way, reason = _way(tally, policy, kinds, heard, label)
    audit = is_member(f"{policy.seed}/audit", key, policy.audit_share)
    if audit and policy.audit_mode == "blind":
        mode: Mode = "blind"
    else:
        mode = "blind" if is_member(f"{policy.seed}/blind", key, policy.blind_share) else "assisted"
    sentence = SENTENCES[reason].format(
        voters=tally.voters,
        entropy=tally.entropy,
        min_voters=policy.min_voters,
        label=label,
        problems=", ".join(dict.fromkeys(tally.problems)) if tally.problems else "",
    )
    return Routing(
        route=way,
        reason=reason,
        sentence=sentence,
        audit=audit,
        audit_probability=policy.audit_share,
        mode=mode,
        band=_band(tally, policy),
        seats=_seats(tally, policy, way, audit),
    )


def _way(
    tally: Tally, policy: RoutingPolicy, families: int, trusted: int, label: str
) -> tuple[Route, str]:
    if not tally.voters:
        return "manual", "no_reading" if tally.problems else "no_annotator"
    if tally.problems:
        return "person", "problem"
    if tally.tied:
        return "person", "tied"
    if label:
        return "person", "label"
    if trusted < tally.voters and trusted < policy.min_voters:
        return "person", "untrusted"
    if not tally.unanimous:
        enough = tally.voters >= policy.min_voters and families >= policy.min_families
        near = enough and tally.entropy <= policy.max_entropy
        return ("accept", "low_entropy") if near else ("person", "split")
    if tally.voters == 1:
        accepted = policy.single_source == "accept"
        return ("accept", "single_accepted") if accepted else ("person", "single_source")
    if tally.voters < policy.min_voters:
        return "person", "few_voters"
    if families < policy.min_families and policy.single_source != "accept":
        return "person", "one_family"
    return ("accept", "unanimous") if policy.accept_unanimous else ("person", "everything")


def _band(tally: Tally, policy: RoutingPolicy) -> int:
    if not tally.voters:
        return 0
    for band, limit in enumerate(policy.bands):
        if tally.entropy >= limit:
            return band
    return 3


def _seats(tally: Tally, policy: RoutingPolicy, way: Route, audit: bool) -> int:
    if way == "accept":
        return policy.audit_seats if audit else 0
    seats = policy.overlap
    if tally.voters and not tally.unanimous and policy.disputed_overlap:
        seats = policy.disputed_overlap
    return max(seats, policy.audit_seats) if audit else seats


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _check(name: str, right: bool, wanted: str, policy: RoutingPolicy) -> None:
    if not right:
        raise ValueError(f"{name} is {getattr(policy, name)!r}; give {wanted}")

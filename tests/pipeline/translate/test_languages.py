"""Language names of translation models, against the codes those models publish."""

from __future__ import annotations

import pytest

from pipeline.translate.languages import described, names


@pytest.mark.parametrize(
    ("tag", "nllb"),
    [
        ("en", "eng_Latn"), ("es", "spa_Latn"), ("sw", "swh_Latn"), ("hi", "hin_Deva"),
        ("ar", "arb_Arab"), ("zh", "zho_Hans"), ("zh-TW", "zho_Hant"), ("zh-Hant", "zho_Hant"),
        ("am", "amh_Ethi"), ("yo", "yor_Latn"), ("uz", "uzn_Latn"), ("fa", "pes_Arab"),
        ("sr", "srp_Cyrl"), ("ary", "ary_Arab"), ("ne", "npi_Deva"), ("ms", "zsm_Latn"),
    ],
)  # fmt: skip
def test_nllb_codes(tag: str, nllb: str) -> None:
    assert next(names(tag)) == nllb


def test_other_families_names_follow() -> None:
    assert {"__sw__", "sw_TZ", "sw_XX", ">>swh<<", ">>swa<<"} <= set(names("sw"))
    assert "hi_IN" in set(names("hi"))


def test_what_is_no_tag_has_no_name() -> None:
    assert list(names("not a tag")) == []
    assert described("sw") == "Swahili (sw)"

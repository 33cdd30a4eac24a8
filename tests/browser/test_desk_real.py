"""The desk as people meet it: real page, real server and real database, judged by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.models import Project, Run
from annotate.spans import Span
from pipeline.stages import measuring
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Assignment, Decision, Judgement, SpanVerdict

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# An astral character first, so that code points and UTF-16 units differ; a letter with a vowel sign.
ARABIC = "🚆 آمِنة ديالو تعيش في داكار."
NAME, CITY = "آمِنة ديالو", "داكار"

SignIn = Callable[..., "Page"]


@pytest.fixture
def project(live_server: Any) -> Project:
    return make.make_project(slug="desk", targets=("es", "ar"))


@pytest.fixture
def sign_in(browser_page: Page, project: Project, live_server: Any) -> SignIn:
    """Signs a new member in and opens a page of the project."""

    def go(page_name: str = "verify:desk", **member: Any) -> Page:
        client = Client()
        client.force_login(make.make_member(project, **member))
        cookie = client.cookies["sessionid"].value
        browser_page.context.clear_cookies()
        browser_page.context.add_cookies(
            [{"name": "sessionid", "value": cookie, "url": live_server.url}]
        )
        browser_page.goto(reverse(page_name, args=[project.slug]))
        return browser_page

    return go


@contextmanager
def answered(page: Page, deed: str) -> Iterator[list[Response]]:
    """Waits for the server's answer to a deed of the desk, and that it was taken."""
    got: list[Response] = []
    with page.expect_response(lambda answer: answer.url.endswith(f"/{deed}/")) as caught:
        yield got
    got.append(caught.value)
    assert caught.value.status == 200, caught.value.text()


def accept(page: Page, *keys: str) -> None:
    """Press keys, then Enter once the text has been on screen long enough, and wait."""
    page.wait_for_selector("#work:not([hidden])")
    seen(page)
    for key in keys:
        page.keyboard.press(key)
    with answered(page, "submit"):
        page.keyboard.press("Enter")


def task(project: Project, *spans: Span, text: str = "", language: str = "es", overlap: int = 1,
         **seats: Any) -> Any:  # fmt: skip
    """A rendition with a proposal and open seats."""
    with scope(project=project):
        texts = {"en": make.SOURCE, language: text or make.TARGET}
        rendition = make.make_rendition(project, language, texts=texts)
        make.make_consensus(rendition, spans or make.TARGET_SPANS)
        make.make_seats(rendition, overlap, **seats)
    return rendition


def arabic(name: str, project: Project) -> Any:
    """A task whose person is proposed as ``name`` and whose place is right."""
    start, city = ARABIC.index(name), ARABIC.index(CITY)
    return task(
        project,
        Span("PER", start, start + len(name), key="t1", source="s1", method="links"),
        Span("LOC", city, city + len(CITY), key="t2", source="s2", method="links"),
        text=ARABIC,
        language="ar",
    )


def verdicts(judgement: Judgement) -> list[str]:
    rows = SpanVerdict.objects.filter(judgement=judgement).order_by("pk")
    return list(rows.values_list("verdict", flat=True))


def spans_of(judgement: Judgement) -> list[tuple[str, int, int, str]]:
    assert judgement.reading is not None
    rows = judgement.reading.spans.order_by("start")
    return list(rows.values_list("label__key", "start", "end", "surface"))


def test_a_reviewer_signs_in_and_accepts_by_enter(browser_page: Page, project: Project) -> None:
    make.make_member(project, name="lucia")
    first, second = task(project), task(project)
    page = browser_page
    page.goto(reverse("verify:desk", args=[project.slug]))
    page.fill("input[type=text]", "lucia")
    page.fill("input[type=password]", "pass")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/desk/review/")
    accept(page)
    page.wait_for_function("() => document.querySelector('#saved').dataset.state === 'saved'")
    accept(page)
    page.wait_for_selector("#nothing:not([hidden])")
    with scope(project=project):
        saved = list(Judgement.objects.order_by("pk"))
        assert {row.rendition_id for row in saved} == {first.pk, second.pk}
        for row in saved:
            assert row.outcome == "answered"
            assert verdicts(row) == ["right", "right"]
            assert spans_of(row) == [("PER", 0, 12, "Amina Diallo"), ("LOC", 21, 26, "Dakar")]
            assert row.shown_at is not None
            assert row.first_input_at is not None
            assert row.shown_at <= row.first_input_at
        origins = Decision.objects.filter(rendition__language="es", is_current=True)
        assert set(origins.values_list("origin", flat=True)) == {"single"}


@pytest.mark.parametrize(
    ("proposed", "keys"),
    [
        (NAME[:-1], ["]"]),  # one letter too short
        (NAME + " ", ["["]),  # one character too long
        (NAME[3:], ["{", "{"]),  # starts after the letter with its vowel sign, which moves as one
        (NAME.split()[0], ["Alt+]"]),  # a word too short
        (NAME[:-1], ["ArrowLeft"]),  # on, as Arabic runs
    ],
)
def test_a_boundary_moved_by_keys_is_stored_in_code_points(
    sign_in: SignIn, project: Project, proposed: str, keys: list[str]
) -> None:
    arabic(proposed, project)
    accept(sign_in(languages=("ar",)), *keys)
    start, city = ARABIC.index(NAME), ARABIC.index(CITY)
    with scope(project=project):
        saved = Judgement.objects.get()
        assert verdicts(saved) == ["boundary", "right"]
        assert spans_of(saved) == [
            ("PER", start, start + len(NAME), NAME),
            ("LOC", city, city + len(CITY), CITY),
        ]


def test_undo_brings_the_same_card_back_with_what_was_said(
    sign_in: SignIn, project: Project
) -> None:
    task(project), task(project)
    page = sign_in()
    accept(page, "[")
    with scope(project=project):
        before = Judgement.objects.get()
    seen(page)
    with answered(page, "undo") as got:
        page.keyboard.press("u")
    assert got[0].json()["card"]["seat"] == before.assignment_id
    page.wait_for_selector(".span-row.boundary")
    assert page.locator(".span-row .to").first.text_content() == "Amina Diall"
    with scope(project=project):
        assert not Decision.objects.filter(rendition=before.rendition, is_current=True).exists()
    accept(page, "]")
    with scope(project=project):
        chain = list(Judgement.objects.order_by("pk"))
        assert [row.outcome for row in chain] == ["answered", "withdrawn", "answered"]
        assert chain[1].supersedes == chain[0]
        assert chain[2].supersedes == chain[1]
        assert verdicts(chain[2]) == ["right", "right"]
        assert chain[2].rendition_id == before.rendition_id


def test_a_skip_stores_its_reason_and_gives_another_card(sign_in: SignIn, project: Project) -> None:
    task(project), task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.keyboard.press("q")
    page.wait_for_selector("#ask-skip[open]")
    with answered(page, "sync") as got:
        page.keyboard.press("2")
    with scope(project=project):
        left = Assignment.objects.get(state="skipped")
        assert left.skip_reason == "not_my_subject"
        held = got[0].json()["seats"]
        assert len(held) == 1
        assert left.pk not in held
        again = Assignment.objects.filter(rendition=left.rendition, state="open")
        assert again.count() == 1  # somebody else is asked


def test_a_report_says_why_and_goes_to_an_adjudicator(sign_in: SignIn, project: Project) -> None:
    task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.keyboard.press("!")
    page.fill("#report-comment", "half of it is French")
    with answered(page, "submit"):
        page.click("#ask-report button[value=wrong_language]")
    with scope(project=project):
        saved = Judgement.objects.get()
        assert saved.outcome == "reported"
        assert saved.comment == "wrong_language: half of it is French"
        assert Assignment.objects.filter(kind="adjudicate", state="open").exists()


def test_a_blind_text_is_marked_by_keys_alone(sign_in: SignIn, project: Project) -> None:
    task(project, mode="blind")
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    assert page.evaluate("document.body.dataset.mode") == "blind"
    assert "links" not in page.content()
    for key in ("a", "Alt+Shift+ArrowRight", "Alt+Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(".span-row.added")
    page.keyboard.press("a")
    for _ in range(4):
        page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.span-row.added').length === 2")
    accept(page)
    with scope(project=project):
        saved = Judgement.objects.get()
        assert verdicts(saved) == []
        found = spans_of(saved)
        assert found[0] == ("PER", 0, 12, "Amina Diallo")
        assert found[1][0] == "LOC"
        assert make.TARGET[found[1][1] : found[1][2]] == found[1][3]


def test_what_takes_a_span_out_is_stored_without_a_place(sign_in: SignIn, project: Project) -> None:
    task(project)
    accept(sign_in(), "w", "j", "e")
    with scope(project=project):
        saved = Judgement.objects.get()
        assert verdicts(saved) == ["wrong_translation", "no_equivalent"]
        assert spans_of(saved) == []
        assert not SpanVerdict.objects.filter(becomes__isnull=False).exists()


def test_a_source_label_called_wrong_opens_a_look_at_the_source(
    sign_in: SignIn, project: Project
) -> None:
    task(project)
    accept(sign_in(), "g")
    with scope(project=project):
        saved = Judgement.objects.get()
        assert verdicts(saved) == ["source_label", "right"]
        assert len(spans_of(saved)) == 2
        assert Assignment.objects.filter(pool="review:en", state="open").count() == 1


def test_one_text_proposed_twice_under_a_label_is_said_before_it_is_sent(
    sign_in: SignIn, project: Project
) -> None:
    twice = (
        Span("LOC", 21, 26, key="t1", source="s1", method="links"),
        Span("LOC", 21, 26, key="t2", source="s2", method="links"),
    )
    task(project, *twice)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    seen(page)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('twice')")
    with scope(project=project):
        assert not Judgement.objects.exists()
    accept(page, "e")
    with scope(project=project):
        assert sorted(verdicts(Judgement.objects.get())) == ["no_equivalent", "right"]


def test_an_adjudicator_with_nothing_to_decide_is_told_so(sign_in: SignIn) -> None:
    page = sign_in("verify:adjudicate", role="adjudicator", name="idle")
    page.wait_for_selector("#nothing:not([hidden])")


def test_two_who_differ_are_settled_by_an_adjudicator(sign_in: SignIn, project: Project) -> None:
    rendition = task(project, overlap=2)
    accept(sign_in(name="one"))
    accept(sign_in(name="two"), "[")
    page = sign_in("verify:adjudicate", role="adjudicator", name="judge")
    page.wait_for_selector(".reading")
    said = page.locator(".reading").all_inner_texts()
    chosen = next(number for number, text in enumerate(said, 1) if "Amina Diallo" not in text)
    assert page.locator(".reading .agreed").all_inner_texts() == ["Dakar", "Dakar"]
    page.select_option("#fault", "ambiguous")
    accept(page, str(chosen))
    page.wait_for_selector("#nothing:not([hidden])")
    with scope(project=project):
        decision = Decision.objects.get(rendition=rendition, is_current=True)
        assert decision.origin == "adjudicated"
        assert Judgement.objects.get(assignment__kind="adjudicate").fault == "ambiguous"
        assert decision.made_by.username == "judge"
        surfaces = decision.reading.spans.order_by("start").values_list("surface", flat=True)
        assert list(surfaces) == ["Amina Diall", "Dakar"]


def test_the_manager_reads_agreement_and_what_was_said_of_an_item(
    sign_in: SignIn, project: Project
) -> None:
    renditions = [task(project, overlap=2), task(project, overlap=2)]
    with scope(project=project):
        for said in (make.accepted, make.shortened):
            rater = make.make_rater(project)
            for _ in renditions:
                record_judgement(make.claim(project, rater), rater=rater, submission=said())
        measuring.whole(Run(project=project, stage="agree"))
    page = sign_in("verify:agreement", role="manager")
    cells = page.locator("td[class^=heat-]")
    assert cells.count() == 2
    assert "0.50" in cells.first.inner_text()
    clear = "rgba(0, 0, 0, 0)"
    assert cells.first.evaluate("(cell) => getComputedStyle(cell).backgroundColor") != clear
    page.goto(reverse("annotate:item", args=[project.slug, renditions[0].item_id]))
    page.wait_for_selector("#judged table")
    told = page.inner_text("#judged")
    assert "Amina Diall" in told
    assert "boundary" in told


def test_printed_keys_are_the_keys_beside_a_right_to_left_text(
    sign_in: SignIn, project: Project
) -> None:
    """A bracket takes the shape of its twin in right-to-left text, and would name the wrong key."""
    arabic(NAME, project)
    page = sign_in(languages=("ar",))
    page.wait_for_selector(".edges[dir=rtl]")
    keys = page.locator(".edges kbd")
    assert keys.all_text_contents() == ["{", "}", "[", "]"]
    directions = keys.evaluate_all("(all) => all.map((kbd) => getComputedStyle(kbd).direction)")
    assert directions == ["ltr"] * 4


@pytest.mark.parametrize("width", [320, 390, 640])
def test_a_narrow_window_needs_no_sideways_scrolling(
    sign_in: SignIn, project: Project, width: int
) -> None:
    task(project)
    page = sign_in()
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_selector("#dock:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

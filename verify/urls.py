"""The addresses of people's work: the desks, and judging by program."""

from __future__ import annotations

from django.urls import path

from . import api, api_releases, api_send_back, api_texts, api_threads, certificates_api, policy_api
from .views import (
    agreement,
    browse,
    cases,
    certificates,
    concepts,
    desk,
    gold,
    help,
    item,
    mend,
    mine,
    offline,
    progress,
    quality,
    raters,
    releases,
    send_back,
    threads,
    tutorial,
)

app_name = "verify"

ADJUDICATE = {"kind": "adjudicate"}

urlpatterns = [
    path("sw.js", offline.worker, name="worker"),
    path("desk-parts/", offline.parts, name="parts"),
    path("app.webmanifest", offline.manifest, name="manifest"),
    path("p/<slug:slug>/review/", desk.desk, name="desk"),
    path("p/<slug:slug>/review/submit/", desk.submit, name="submit"),
    path("p/<slug:slug>/review/undo/", desk.undo, name="undo"),
    path("p/<slug:slug>/review/skip/", desk.skip, name="skip"),
    path("p/<slug:slug>/review/heartbeat/", desk.heartbeat, name="heartbeat"),
    path("p/<slug:slug>/review/next/", desk.next_one, name="next"),
    path("p/<slug:slug>/review/concepts/", concepts.search, name="concepts"),
    path("p/<slug:slug>/review/ahead/", offline.ahead, name="ahead"),
    path("p/<slug:slug>/review/sync/", offline.sync, name="sync"),
    path("p/<slug:slug>/review/give-back/", offline.give_back, name="give-back"),
    path("p/<slug:slug>/review/mend/", mend.mend, name="mend"),
    path("p/<slug:slug>/review/mend/siblings/", mend.mend_siblings, name="mend-siblings"),
    path("p/<slug:slug>/review/around/<int:seat>/", help.surroundings, name="around"),
    path("p/<slug:slug>/review/terms/", help.glossary, name="terms"),
    path("p/<slug:slug>/review/ask/", threads.ask, name="ask"),
    path("p/<slug:slug>/review/answers/", threads.answers, name="answers"),
    path("p/<slug:slug>/review/answers/<int:pk>/read/", threads.read, name="answer-read"),
    path("p/<slug:slug>/review/tutorial/", tutorial.tutorial, name="tutorial"),
    path("p/<slug:slug>/review/tutorial/check/", tutorial.check, name="tutorial-check"),
    path("p/<slug:slug>/review/tutorial/skip/", tutorial.skip, name="tutorial-skip"),
    path("p/<slug:slug>/review/tutorial/undo/", tutorial.undo, name="tutorial-undo"),
    path("p/<slug:slug>/review/tutorial/next/", tutorial.first, name="tutorial-next"),
    path("p/<slug:slug>/review/<str:language>/", desk.desk, name="desk"),
    path("p/<slug:slug>/adjudicate/", desk.desk, ADJUDICATE, name="adjudicate"),
    path("p/<slug:slug>/adjudicate/submit/", desk.submit, ADJUDICATE, name="adjudicate-submit"),
    path("p/<slug:slug>/adjudicate/undo/", desk.undo, ADJUDICATE, name="adjudicate-undo"),
    path("p/<slug:slug>/adjudicate/skip/", desk.skip, ADJUDICATE, name="adjudicate-skip"),
    path("p/<slug:slug>/adjudicate/send-back/", send_back.send_back, ADJUDICATE, name="send-back"),
    path(
        "p/<slug:slug>/adjudicate/heartbeat/", desk.heartbeat, ADJUDICATE,
        name="adjudicate-heartbeat",
    ),
    path("p/<slug:slug>/adjudicate/next/", desk.next_one, ADJUDICATE, name="adjudicate-next"),
    path(
        "p/<slug:slug>/adjudicate/<str:language>/", desk.desk, ADJUDICATE, name="adjudicate"
    ),
    path("p/<slug:slug>/items/", browse.browse, name="browse"),
    path("p/<slug:slug>/items/views/", browse.save, name="browse-view"),
    path("p/<slug:slug>/items/bulk/", browse.bulk, name="browse-bulk"),
    path("p/<slug:slug>/items/undo/", browse.undo, name="browse-undo"),
    path("p/<slug:slug>/work/", progress.progress, name="progress"),
    path("p/<slug:slug>/pace/", progress.pace, name="pace"),
    path("p/<slug:slug>/workload/", progress.workload, name="workload"),
    path("p/<slug:slug>/work/items/<int:pk>/", item.detail, name="item"),
    path("p/<slug:slug>/work/decisions/<int:pk>/gold/", gold.mark, name="gold"),
    path("p/<slug:slug>/mine/", mine.mine, name="mine"),
    path("p/<slug:slug>/questions/", threads.questions, name="questions"),
    path("p/<slug:slug>/questions/<int:pk>/answer/", threads.answer, name="answer"),
    path("p/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    path("p/<slug:slug>/raters/", raters.raters, name="raters"),
    path("p/<slug:slug>/quality/", quality.quality, name="quality"),
    path("p/<slug:slug>/quality/behind/", quality.behind, name="behind"),
    path("p/<slug:slug>/quality/policy/", quality.simulator, name="simulator"),
    path("p/<slug:slug>/quality/policy/adopt/", quality.adopt, name="adopt"),
    path("p/<slug:slug>/cases/", cases.cases, name="cases"),
    path("p/<slug:slug>/releases/", releases.index, name="releases"),
    path("p/<slug:slug>/releases/<int:pk>/", releases.detail, name="release"),
    path("p/<slug:slug>/releases/<int:pk>/file/", releases.fetch, name="release-file"),
    path("p/<slug:slug>/releases/<int:pk>/withdraw/", releases.withdraw, name="release-withdraw"),
    path("p/<slug:slug>/certificates/", certificates.index, name="certificates"),
    path("p/<slug:slug>/certificates/<int:pk>/", certificates.detail, name="certificate"),
    path(
        "p/<slug:slug>/certificates/<int:pk>.json", certificates.as_file, name="certificate-json"
    ),
    path(
        "p/<slug:slug>/certificates/<int:pk>/withdraw/", certificates.withdraw,
        name="certificate-withdraw",
    ),
    path("p/<slug:slug>/certificates/<int:pk>/look/", certificates.look, name="certificate-look"),
    path(
        "api/v1/projects/<slug:slug>/certificates/", certificates_api.CertificatesView.as_view(),
        name="api-certificates",
    ),
    path(
        "api/v1/projects/<slug:slug>/certificates/<int:pk>/",
        certificates_api.OneCertificateView.as_view(), name="api-certificate",
    ),
    path(
        "api/v1/projects/<slug:slug>/reports/", certificates_api.ReportsView.as_view(),
        name="api-reports",
    ),
    path(
        "api/v1/projects/<slug:slug>/releases/", api_releases.ReleasesView.as_view(),
        name="api-releases",
    ),
    path(
        "api/v1/projects/<slug:slug>/releases/<int:pk>/", api_releases.OneReleaseView.as_view(),
        name="api-release",
    ),
    path(
        "api/v1/projects/<slug:slug>/releases/<int:pk>/file/",
        api_releases.ReleaseFileView.as_view(), name="api-release-file",
    ),
    path("api/v1/projects/<slug:slug>/texts/", api_texts.TextsView.as_view(), name="api-texts"),
    path(
        "api/v1/projects/<slug:slug>/policy/try/", policy_api.TryView.as_view(),
        name="api-policy-try",
    ),
    path("api/v1/projects/<slug:slug>/claim/", api.ClaimView.as_view(), name="api-claim"),
    path("api/v1/projects/<slug:slug>/submit/", api.SubmitView.as_view(), name="api-submit"),
    path("api/v1/projects/<slug:slug>/undo/", api.UndoView.as_view(), name="api-undo"),
    path(
        "api/v1/projects/<slug:slug>/send-back/", api_send_back.SendBackView.as_view(),
        name="api-send-back",
    ),
    path("api/v1/projects/<slug:slug>/mend/", api_threads.MendView.as_view(), name="api-mend"),
    path(
        "api/v1/projects/<slug:slug>/mend/siblings/", api_threads.MendSiblingsView.as_view(),
        name="api-mend-siblings",
    ),
    path("api/v1/projects/<slug:slug>/threads/", api_threads.ThreadsView.as_view(), name="api-threads"),
    path(
        "api/v1/projects/<slug:slug>/threads/answers/", api_threads.AnswersView.as_view(),
        name="api-answers",
    ),
    path(
        "api/v1/projects/<slug:slug>/threads/<int:pk>/answer/", api_threads.AnswerView.as_view(),
        name="api-answer",
    ),
    path(
        "api/v1/projects/<slug:slug>/threads/<int:pk>/read/", api_threads.ReadView.as_view(),
        name="api-answer-read",
    ),
]  # fmt: skip

"""Questions to the manager: asked and read at the desk, answered on a page of their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.models import Field, Project
from annotate.views.paging import keyset
from annotate.views.shell import page
from verify.access import seat_holder
from verify.actions import threads as deeds
from verify.errors import SubmissionError, VerifyError
from verify.forms import Form, read_body, read_seat
from verify.models import Thread

PER_PAGE = 30
MOST_ANSWERS = 20


@require_POST
@project_view()
def ask(request: HttpRequest, project: Project) -> JsonResponse:
    """Take a reviewer's question about the text in their seat."""
    holder = seat_holder(request.user, project)
    try:
        data, form = read_body(request.body), Form()
        client_id = form.uuid(data.get("client_id"))
        question = form.text(data, "question", "", deeds.LONGEST)
        if form.faults:
            raise SubmissionError(form.faults)
        deeds.ask(rater=holder.rater, seat=read_seat(data), client_id=client_id, question=question)
    except VerifyError as error:
        status = 422 if isinstance(error, SubmissionError) else 409
        return JsonResponse({"error": str(error)}, status=status)
    return JsonResponse({"message": _("The manager is asked. The answer comes to you here.")})


@require_GET
@project_view()
def answers(request: HttpRequest, project: Project) -> JsonResponse:
    """Answers to the person's questions that they have not read yet, the oldest first."""
    rater = seat_holder(request.user, project).rater
    found = Thread.objects.filter(rater=rater, answered_at__isnull=False, read_at__isnull=True)
    rows = found.order_by("answered_at").values("pk", "question", "answer")[:MOST_ANSWERS]
    return JsonResponse({"answers": list(rows)})


@require_POST
@project_view()
def read(request: HttpRequest, project: Project, pk: int) -> JsonResponse:
    """Note that the person has read an answer."""
    rater = seat_holder(request.user, project).rater
    return JsonResponse({"read": deeds.mark_read(rater=rater, thread=pk)})


@require_GET
@project_view(Role.MANAGER)
def questions(request: HttpRequest, project: Project) -> HttpResponse:
    """What reviewers ask and nobody has answered yet, or all; each with its text."""
    is_all = "all" in request.GET
    found = Thread.objects.select_related("rater", "rendition", "answered_by")
    rows, before = keyset(
        found if is_all else found.filter(answer=""), request.GET.get("before"), PER_PAGE
    )
    texts: dict[int, list[str]] = {}
    parts = Field.objects.filter(rendition__in=[row.rendition_id for row in rows])
    for rendition, text in parts.values_list("rendition", "passage__text"):
        texts.setdefault(rendition, []).append(text)
    threads = [(row, texts.get(row.rendition_id, [])) for row in rows]
    return page(
        request, project, "verify/questions.html", tab="questions", threads=threads,
        before=before, is_all=is_all,
    )  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def answer(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Answer a question; the person who asked is told at their desk."""
    thread = get_object_or_404(Thread.objects, pk=pk)
    try:
        deeds.answer(thread=thread, by=request.user, text=request.POST.get("answer", ""))
        messages.success(request, _("Answered. They are told at their desk."))
    except SubmissionError as error:
        messages.error(request, error.rows[0])
    return redirect("verify:questions", slug=project.slug)

"""Runs: what is under way and what came of it, waiting, cancelling, retrying, fetching the file."""

from __future__ import annotations

import threading
from pathlib import Path

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.actions import runs as deeds
from annotate.models import Run

from .asked import WaitAsked
from .described import CONFLICT, FAULTY, FORBIDDEN
from .gate import Conflict, ProjectView
from .paging import PageAsked, page, page_of
from .shapes import RunErrorSerializer, RunSerializer

# Each waiter holds a thread of the web server, so only some may wait at a time in a process.
WAITERS = threading.BoundedSemaphore(4)


class RunView(ProjectView):
    """What the views of one run share."""

    def run(self, pk: int) -> Run:
        """The run. Raises Http404 when the project has none with this id."""
        found = Run.objects.filter(project=self.project, pk=pk).select_related("annotator").first()
        if found is None:
            raise Http404("This project has no such run.")
        return found


class RunsView(ProjectView):
    """The runs of a project."""

    @extend_schema(
        tags=["runs"], operation_id="runs_list", parameters=[PageAsked],
        responses={200: page_of(RunSerializer), **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the project's runs, newest first."""
        rows = Run.objects.filter(project=self.project).select_related("annotator")
        return page(request, rows, RunSerializer, newest_first=True)


class OneRunView(RunView):
    """One run."""

    @extend_schema(
        tags=["runs"], operation_id="runs_retrieve", responses={200: RunSerializer, **FORBIDDEN}
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Read a run: how far it is and what came of it."""
        return Response(RunSerializer(self.run(pk)).data)


class WaitView(RunView):
    """Waiting for a run to end."""

    @extend_schema(
        tags=["runs"], operation_id="runs_wait", parameters=[WaitAsked],
        responses={200: RunSerializer, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Answer when the run has ended or the seconds are over; ask again while it is live.

        While too many others wait, the answer comes at once with a Retry-After header.
        """
        asked = WaitAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        run = self.run(pk)
        headers = {}
        if not WAITERS.acquire(blocking=False):
            headers["Retry-After"] = "1"
        else:
            try:
                deeds.wait_for(run, seconds=asked.validated_data["seconds"])
            except TimeoutError:
                headers["Retry-After"] = "0"
            finally:
                WAITERS.release()
        return Response(RunSerializer(run).data, headers=headers)


class CancelView(RunView):
    """Stopping a run."""

    @extend_schema(
        tags=["runs"], operation_id="runs_cancel", request=None,
        responses={200: RunSerializer, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Stop a run; what it has saved stays."""
        run = self.run(pk)
        if not deeds.cancel(run):
            raise Conflict(f"The run is over already: it is {run.state}.")
        run.refresh_from_db()
        return Response(RunSerializer(run).data)


class PauseView(RunView):
    """Holding a run."""

    @extend_schema(
        tags=["runs"], operation_id="runs_pause", request=None,
        responses={200: RunSerializer, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Hold a run: nothing more of it is begun until it is resumed."""
        run = self.run(pk)
        if not deeds.pause(run):
            raise Conflict(f"The run is not under way: it is {run.state}.")
        run.refresh_from_db()
        return Response(RunSerializer(run).data)


class ResumeView(RunView):
    """Going on with a paused run."""

    @extend_schema(
        tags=["runs"], operation_id="runs_resume", request=None,
        responses={200: RunSerializer, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Let a paused run go on; a file is read from its beginning again."""
        run = self.run(pk)
        try:
            if not deeds.resume(run):
                raise Conflict(f"The run is not paused: it is {run.state}.")
        except deeds.RunIsLive as error:
            raise Conflict(str(error)) from error
        run.refresh_from_db()
        return Response(RunSerializer(run).data)


class UndoView(RunView):
    """Taking an import back."""

    @extend_schema(
        tags=["runs"], operation_id="runs_undo", request=None,
        responses={201: RunSerializer, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Queue a run that removes what an import brought; it fails, saying why, where that may not be."""
        try:
            run = deeds.queue_undo(self.run(pk), made_by=request.user)
        except (deeds.NothingToUndo, deeds.RunIsLive) as error:
            raise Conflict(str(error)) from error
        return Response(RunSerializer(run).data, status=201)


class RetryView(RunView):
    """Trying failed rows again."""

    @extend_schema(
        tags=["runs"], operation_id="runs_retry", request=None,
        responses={201: RunSerializer, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Queue a new run of the same stage and annotator for the rows that failed in this one."""
        old = self.run(pk)
        if old.stage in deeds.MADE_ANEW or old.is_trial:
            raise Conflict("Imports, exports and trials are made anew, not retried.")
        deeds.retry_errors(old)
        try:
            run = deeds.queue_run(
                self.project, old.stage, annotator=old.annotator, scope=old.scope,
                made_by=request.user,
            )  # fmt: skip
        except deeds.RunIsLive as error:
            raise Conflict(str(error)) from error
        return Response(RunSerializer(run).data, status=201)


class RunErrorsView(RunView):
    """The rows that a run could not do."""

    @extend_schema(
        tags=["runs"], operation_id="run_errors_list", parameters=[PageAsked],
        responses={200: page_of(RunErrorSerializer), **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """List the rows that a run could not do, with the cause of each."""
        return page(request, self.run(pk).errors.all(), RunErrorSerializer)


class ResultView(RunView):
    """The file of an export."""

    @extend_schema(
        tags=["runs"],
        operation_id="runs_result",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **FORBIDDEN, **CONFLICT},
    )
    def get(self, request: Request, slug: str, pk: int) -> FileResponse:
        """Fetch the file that an export made."""
        run = self.run(pk)
        if not run.result:
            if run.is_live:
                raise Conflict(f"The run is still {run.state}; wait for it first.")
            raise Http404("This run has made no file.")
        name = Path(str(run.result.name)).name
        return FileResponse(run.result.open("rb"), as_attachment=True, filename=name)

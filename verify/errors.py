"""What can go wrong when people judge, each with a message for the person."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import ngettext


class VerifyError(Exception):
    """A deed that was refused; the message says why and what to do."""


class SeatLost(VerifyError):
    """The seat is somebody else's by now, was taken away, or is done already."""


class UndoRefused(VerifyError):
    """A judgement that can no longer be taken back."""


class ImportStays(VerifyError):
    """An import that is not undone, because something hangs on what it brought."""


class SendBackRefused(VerifyError):
    """A disagreement that its reviewers cannot be asked again."""


class GoldStands(VerifyError):
    """A decision known to be right, which routing and judging do not replace."""


class SubmissionError(VerifyError):
    """A judgement that cannot be taken as it is; ``rows`` says of each fault where and why."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = tuple(rows)
        said = ngettext(
            "One thing is not right: %(first)s",
            "%(count)d things are not right: %(first)s",
            len(self.rows),
        )
        super().__init__(said % {"count": len(self.rows), "first": self.rows[0]})


class MendRefused(VerifyError):
    """A translation that may not be mended here, or that changed while it was."""


class MendUnconfirmed(VerifyError):
    """An edit whose price the person has not confirmed; ``confirm`` says what there is to confirm."""

    def __init__(self, message: str, confirm: dict[str, int]) -> None:
        self.confirm = confirm
        super().__init__(message)

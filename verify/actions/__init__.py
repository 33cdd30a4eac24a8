"""Deeds on what people say: the only writers of verify's tables."""

from __future__ import annotations

from verify.errors import GoldStands, SeatLost, SubmissionError, UndoRefused, VerifyError

from .claim import claim_next, heartbeat, release_expired
from .decide import Accepted, accept, decide, import_decisions, mark_gold, supersede
from .erase import erase_person
from .judge import record_judgement
from .raters import rater_for
from .reports import draw_sample, frame_of, save_certificate, save_report
from .seats import NewSeat, open_seats, void_seats
from .skip import skip
from .undo import undo_last

__all__ = [
    "Accepted", "GoldStands", "NewSeat", "SeatLost", "SubmissionError", "UndoRefused",
    "VerifyError", "accept", "claim_next", "decide", "draw_sample", "erase_person", "frame_of",
    "heartbeat", "import_decisions", "mark_gold", "open_seats", "rater_for", "record_judgement",
    "release_expired", "save_certificate", "save_report", "skip", "supersede", "undo_last",
    "void_seats",
]  # fmt: skip

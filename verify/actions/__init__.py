"""Deeds on what people say: the only writers of verify's tables."""

from __future__ import annotations

from verify.errors import (
    GoldStands,
    MendRefused,
    MendUnconfirmed,
    SeatLost,
    SendBackRefused,
    SubmissionError,
    UndoRefused,
    VerifyError,
)

from .claim import claim_ahead, claim_next, give_back, heartbeat, release_expired
from .credit import introduce
from .decide import Accepted, accept, decide, import_decisions, mark_gold, supersede
from .erase import erase_person
from .judge import record_judgement
from .mend import mend
from .raters import rater_for
from .reports import draw_sample, frame_of, save_certificate, save_report
from .seats import NewSeat, open_seats, void_seats
from .send_back import send_back
from .siblings import mend_siblings
from .skip import skip
from .tutorial import open_tutorial, tutorial_state
from .undo import undo_last

__all__ = [
    "Accepted", "GoldStands", "MendRefused", "MendUnconfirmed", "NewSeat", "SeatLost",
    "SendBackRefused", "SubmissionError", "UndoRefused", "VerifyError", "accept", "claim_ahead", "claim_next",
    "decide", "draw_sample", "erase_person", "frame_of", "give_back", "heartbeat",
    "import_decisions", "introduce", "mark_gold", "mend", "mend_siblings", "open_seats",
    "open_tutorial", "rater_for", "record_judgement", "release_expired", "save_certificate",
    "save_report", "send_back", "skip", "supersede", "tutorial_state", "undo_last", "void_seats",
]  # fmt: skip

"""Agree: how far raters, people or machines, say the same beyond chance."""

from pipeline.agree.alpha import alpha
from pipeline.agree.dawid_skene import DawidSkene, dawid_skene
from pipeline.agree.figures import AgreementReport
from pipeline.agree.intervals import Coefficient, Resampling
from pipeline.agree.kappa import cohen, fleiss, gwet
from pipeline.agree.panel import Panel, effective_voters, panel
from pipeline.agree.report import agreement
from pipeline.agree.spans import Matches, compare, marks

MEASURES = {
    "alpha": "Krippendorff's alpha: any number of raters, missing data, four levels",
    "cohen": "Cohen's kappa of two raters, plain or weighted",
    "fleiss": "Fleiss' kappa of equally many raters per item",
    "gwet": "Gwet's AC1, steady where one value is very common",
    "span_f1": "pairwise F1 over spans: exact, overlap, border, label given border",
    "dawid_skene": "likely true answers and error rates per rater",
    "panel": "accuracy, correlation of errors and effective number of voters",
}
"""What there is to measure, and what for."""

__all__ = [
    "MEASURES",
    "AgreementReport",
    "Coefficient",
    "DawidSkene",
    "Matches",
    "Panel",
    "Resampling",
    "agreement",
    "alpha",
    "cohen",
    "compare",
    "dawid_skene",
    "effective_voters",
    "fleiss",
    "gwet",
    "marks",
    "panel",
]

"""Agree: how far raters, people or machines, say the same beyond chance."""

from pipeline.agree.alpha import alpha
from pipeline.agree.dawid_skene import DawidSkene, dawid_skene, one_coin
from pipeline.agree.figures import AgreementReport
from pipeline.agree.intervals import Coefficient, Resampling
from pipeline.agree.kappa import cohen, fleiss, gwet, per_cent
from pipeline.agree.latent import LatentFit
from pipeline.agree.mace import mace
from pipeline.agree.panel import Panel, effective_voters, panel
from pipeline.agree.pooled import PooledF1, pooled_f1
from pipeline.agree.report import agreement
from pipeline.agree.spans import Matches, compare, marks
from pipeline.agree.unitising import Continuum, Unitised, unitising_alpha

MEASURES = {
    "alpha": "Krippendorff's alpha: any number of raters, missing data, four levels",
    "cohen": "Cohen's kappa of two raters, plain or weighted",
    "fleiss": "Fleiss' kappa of equally many raters per item",
    "gwet": "Gwet's AC1 and AC2, steady where one value is very common",
    "per_cent": "the share of pairs that agree, chance included",
    "unitising_alpha": "alpha over where spans lie and what they are, by length of text",
    "span_f1": "pairwise F1 over spans: exact, overlap, border, label given border",
    "dawid_skene": "likely true answers and error rates per rater",
    "one_coin": "the same with one error rate per rater",
    "mace": "likely true answers, and which raters know and which guess",
    "panel": "accuracy, correlation of errors and effective number of voters",
}
"""What there is to measure, and what for."""

__all__ = [
    "MEASURES",
    "AgreementReport",
    "Coefficient",
    "Continuum",
    "DawidSkene",
    "LatentFit",
    "Matches",
    "Panel",
    "PooledF1",
    "Resampling",
    "Unitised",
    "agreement",
    "alpha",
    "cohen",
    "compare",
    "dawid_skene",
    "effective_voters",
    "fleiss",
    "gwet",
    "mace",
    "marks",
    "one_coin",
    "panel",
    "per_cent",
    "pooled_f1",
    "unitising_alpha",
]

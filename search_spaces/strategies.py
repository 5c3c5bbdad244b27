"""The names of pruners and samplers that a budget may ask for. What they do is in `tune_jobs/search/`."""

from __future__ import annotations

PRUNERS: dict[str, str] = {
    "asha": "at each rung, one in `reduction_factor` trials passes (Li et al. 2020)",
    "median": "after the grace epochs, a trial below the median of the others is cut (Golovin et al. 2017)",
}
SAMPLERS: dict[str, str] = {
    "tpe": "the tree-structured Parzen estimator learns from the trials so far (Bergstra et al. 2011)",
    "random": "each trial is drawn by itself",
    "quasi-random": "a scrambled Sobol sequence fills the space evenly (Bergstra and Bengio 2012)",
}

"""Meta-analysis: effects from what is printed, pooling, dependence, single studies' weight, and small studies."""

from __future__ import annotations

from forwhom.kernels.meta_analysis.dependence import block_covariance, shared_control_covariance
from forwhom.kernels.meta_analysis.effects import Effects
from forwhom.kernels.meta_analysis.events import (
    log_odds_ratio,
    log_risk_ratio,
    number_needed_to_treat,
    odds_ratio_interval,
    risk_difference,
    risk_difference_interval,
    risk_ratio_interval,
)
from forwhom.kernels.meta_analysis.new_study import Compatibility, compatibility
from forwhom.kernels.meta_analysis.random_effects import Omnibus, RandomEffects, predict, random_effects
from forwhom.kernels.meta_analysis.standardised import (
    g_from_change,
    g_from_d,
    g_from_f,
    g_from_interval,
    g_from_log_odds,
    g_from_p,
    g_from_t,
    g_pre_post,
    hedges_g,
    log_odds_from_g,
)
from forwhom.kernels.meta_analysis.three_level import ThreeLevel, three_level

__all__ = [
    "Compatibility",
    "Effects",
    "Omnibus",
    "RandomEffects",
    "ThreeLevel",
    "block_covariance",
    "compatibility",
    "g_from_change",
    "g_from_d",
    "g_from_f",
    "g_from_interval",
    "g_from_log_odds",
    "g_from_p",
    "g_from_t",
    "g_pre_post",
    "hedges_g",
    "log_odds_from_g",
    "log_odds_ratio",
    "log_risk_ratio",
    "number_needed_to_treat",
    "odds_ratio_interval",
    "predict",
    "random_effects",
    "risk_difference",
    "risk_difference_interval",
    "risk_ratio_interval",
    "shared_control_covariance",
    "three_level",
]

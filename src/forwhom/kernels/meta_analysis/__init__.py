"""Meta-analysis: effects from what is printed, pooling, dependence, single studies' weight, and small studies."""

from __future__ import annotations

from forwhom.kernels.cluster_robust import RobustF
from forwhom.kernels.meta_analysis.dependence import block_covariance, shared_control_covariance
from forwhom.kernels.meta_analysis.diagnostics import Influence, Series, cumulative, influence, leave_one_out
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
from forwhom.kernels.meta_analysis.robust import ClusterRobust, cluster_robust
from forwhom.kernels.meta_analysis.selection import SelectionModel, selection_model
from forwhom.kernels.meta_analysis.small_studies import PetPeese, RankTest, RegressionTest, begg, egger, pet_peese
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
from forwhom.kernels.meta_analysis.trim_and_fill import TrimAndFill, trim_and_fill

__all__ = [
    "ClusterRobust",
    "Compatibility",
    "Effects",
    "Influence",
    "Omnibus",
    "PetPeese",
    "RandomEffects",
    "RankTest",
    "RegressionTest",
    "RobustF",
    "SelectionModel",
    "Series",
    "ThreeLevel",
    "TrimAndFill",
    "begg",
    "block_covariance",
    "cluster_robust",
    "compatibility",
    "cumulative",
    "egger",
    "g_from_change",
    "g_from_d",
    "g_from_f",
    "g_from_interval",
    "g_from_log_odds",
    "g_from_p",
    "g_from_t",
    "g_pre_post",
    "hedges_g",
    "influence",
    "leave_one_out",
    "log_odds_from_g",
    "log_odds_ratio",
    "log_risk_ratio",
    "number_needed_to_treat",
    "odds_ratio_interval",
    "pet_peese",
    "predict",
    "random_effects",
    "risk_difference",
    "risk_difference_interval",
    "risk_ratio_interval",
    "selection_model",
    "shared_control_covariance",
    "three_level",
    "trim_and_fill",
]

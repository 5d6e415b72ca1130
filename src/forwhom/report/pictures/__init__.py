"""One drawing per kind of answer."""

from __future__ import annotations

from forwhom.findings.kinds import (
    AgendaDetail,
    AlertsDetail,
    AllianceDetail,
    ArmDifferenceDetail,
    BenefitDetail,
    BrainDetail,
    BrainMapDetail,
    BrainPredictionDetail,
    CaseAdviceDetail,
    CertaintyDetail,
    ClaimsDetail,
    ClusterDetail,
    CommonFeaturesDetail,
    CompositeModeratorDetail,
    ContradictionsDetail,
    CourseDetail,
    CrisisPlanDetail,
    Detail,
    DimensionalDetail,
    DimensionalProfileDetail,
    DistributionDetail,
    EvidenceGapsDetail,
    FairUseDetail,
    FlowDetail,
    FormulationDetail,
    GradeDetail,
    GridDetail,
    GuidanceDetail,
    HeterogeneityDetail,
    IndividualDetail,
    ItemDriftDetail,
    ItemsDetail,
    MarkersDetail,
    MechanismsDetail,
    MediationDetail,
    MentalizingProfileDetail,
    MissingDetail,
    ModeratorDetail,
    OnTrackDetail,
    OwnChangeDetail,
    PersonDimensionsDetail,
    PoolDetail,
    PrecisionDetail,
    ProfileDetail,
    ProgrammeGapsDetail,
    ProgrammeTimelineDetail,
    PublishedDetail,
    RecommendationDetail,
    RecomputedDetail,
    ReliabilityDetail,
    ReliableChangeDetail,
    RiskDetail,
    RolesDetail,
    RupturesDetail,
    SearchesDetail,
    SensitivityDetail,
    SessionBalanceDetail,
    SessionCodesDetail,
    SessionMomentsDetail,
    SessionStepsDetail,
    SessionTimelineDetail,
    StanceTrendDetail,
    StrategiesDetail,
    StructureDetail,
    SuddenChangeDetail,
    TeamDetail,
    TemporalOrderDetail,
    TrainingDetail,
    TrajectoryDetail,
    TriggerMapDetail,
)
from forwhom.report.picture import Names, Picture, Table
from forwhom.report.pictures import (
    arm_difference,
    distribution,
    flow,
    items,
    missing,
    reliable_change,
    risk,
    rows,
    sensitivity,
    trajectory,
)
from forwhom.report.pictures.evidence import (
    brain_map,
    certainty,
    claims,
    contradictions,
    gaps,
    grade,
    grid,
    markers,
    pool,
    published,
    search_logs,
)
from forwhom.report.pictures.for_whom import (
    composite,
    dimensional,
    fair_use,
    heterogeneity,
    individual,
    moderator,
    recommendation,
)
from forwhom.report.pictures.how import alliance as how_alliance
from forwhom.report.pictures.how import brain, mechanisms, mediation, roles, sudden_change, temporal_order
from forwhom.report.pictures.how import ruptures as how_ruptures
from forwhom.report.pictures.measurement import dimensional_profile, item_drift, structure
from forwhom.report.pictures.one_person import benefit, change, course, on_track, profile
from forwhom.report.pictures.one_person import dimensions as person_dimensions
from forwhom.report.pictures.precision import precision
from forwhom.report.pictures.programme import alerts as programme_alerts
from forwhom.report.pictures.programme import case_assessment, case_work, crisis
from forwhom.report.pictures.programme import session as programme_session
from forwhom.report.pictures.programme import timeline as programme_timeline


def drawn(detail: Detail | None, names: Names) -> Picture | Table | None:
    """The picture of a finding's detail; a table where a drawing would add nothing; None without detail."""
    match detail:
        case ItemsDetail():
            return items.picture(detail, names)
        case ReliabilityDetail():
            return rows.reliability(detail, names)
        case DistributionDetail():
            return distribution.picture(detail, names)
        case PrecisionDetail():
            return precision(detail)
        case StructureDetail():
            return structure.picture(detail, names)
        case ItemDriftDetail():
            return item_drift.picture(detail, names)
        case FlowDetail():
            return flow.picture(detail, names)
        case MissingDetail():
            return missing.picture(detail, names)
        case ArmDifferenceDetail():
            return arm_difference.picture(detail, names)
        case TrajectoryDetail():
            return trajectory.picture(detail, names)
        case ReliableChangeDetail():
            return reliable_change.picture(detail, names)
        case RiskDetail():
            return risk.picture(detail, names)
        case SensitivityDetail():
            return sensitivity.picture(detail, names)
        case ClusterDetail():
            return rows.cluster(detail, names)
        case HeterogeneityDetail():
            return heterogeneity.picture(detail, names)
        case ModeratorDetail():
            return moderator.picture(detail, names)
        case CompositeModeratorDetail():
            return composite.picture(detail, names)
        case IndividualDetail():
            return individual.picture(detail, names)
        case RecommendationDetail():
            return recommendation.picture(detail, names)
        case FairUseDetail():
            return fair_use.picture(detail, names)
        case DimensionalDetail():
            return dimensional.picture(detail, names)
        case DimensionalProfileDetail():
            return dimensional_profile.picture(detail, names)
        case PersonDimensionsDetail():
            return person_dimensions.picture(detail, names)
        case MediationDetail():
            return mediation.picture(detail, names)
        case MechanismsDetail():
            return mechanisms.picture(detail, names)
        case TemporalOrderDetail():
            return temporal_order.picture(detail, names)
        case RolesDetail():
            return roles.roles(detail, names)
        case BrainDetail():
            return brain.picture(detail, names)
        case BrainPredictionDetail():
            return brain.prediction(detail, names)
        case ProfileDetail():
            return profile.picture(detail, names)
        case CourseDetail():
            return course.picture(detail, names)
        case OnTrackDetail():
            return on_track.picture(detail, names)
        case OwnChangeDetail():
            return change.picture(detail, names)
        case BenefitDetail():
            return benefit.picture(detail, names)
        case AllianceDetail():
            return how_alliance.picture(detail, names)
        case RupturesDetail():
            return how_ruptures.picture(detail, names)
        case SuddenChangeDetail():
            return sudden_change.picture(detail, names)
        case BrainMapDetail():
            return brain_map.picture(detail, names)
        case MarkersDetail():
            return markers.picture(detail, names)
        case EvidenceGapsDetail():
            return gaps.picture(detail, names)
        case ContradictionsDetail():
            return contradictions.contradictions(detail, names)
        case ClaimsDetail():
            return claims.picture(detail, names)
        case GradeDetail():
            return grade.picture(detail, names)
        case GridDetail():
            return grid.picture(detail, names)
        case SearchesDetail():
            return search_logs.picture(detail, names)
        case CertaintyDetail():
            return certainty.picture(detail, names)
        case AgendaDetail():
            return case_work.agenda(detail, names)
        case AlertsDetail():
            return programme_alerts.alerts(detail, names)
        case ProgrammeTimelineDetail():
            return programme_timeline.timeline(detail, names)
        case CommonFeaturesDetail():
            return programme_timeline.features(detail, names)
        case GuidanceDetail():
            return programme_timeline.guidance(detail, names)
        case ProgrammeGapsDetail():
            return programme_timeline.gaps(detail, names)
        case CaseAdviceDetail():
            return case_assessment.advice(detail, names)
        case FormulationDetail():
            return case_work.formulation(detail, names)
        case MentalizingProfileDetail():
            return case_assessment.profile(detail, names)
        case StanceTrendDetail():
            return case_work.stance(detail, names)
        case StrategiesDetail():
            return case_assessment.strategies(detail, names)
        case TeamDetail():
            return case_work.team(detail, names)
        case TrainingDetail():
            return case_work.training(detail, names)
        case CrisisPlanDetail():
            return crisis.plan(detail, names)
        case TriggerMapDetail():
            return case_assessment.triggers(detail, names)
        case SessionTimelineDetail():
            return programme_session.timeline(detail, names)
        case SessionMomentsDetail():
            return programme_session.moments(detail, names)
        case SessionStepsDetail():
            return programme_session.steps(detail, names)
        case SessionBalanceDetail():
            return programme_session.balance(detail, names)
        case SessionCodesDetail():
            return programme_session.codes(detail, names)
        case PoolDetail():
            return pool.picture(detail, names)
        case RecomputedDetail():
            return pool.recomputed(detail, names)
        case PublishedDetail():
            return published.picture(detail, names)
        case None:
            return None

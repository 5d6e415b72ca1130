"""One frozen type per kind of answer: what its picture and its table are drawn from. A file per chapter.

Plain numbers, texts and tuples only, so that a record survives the way to JSON and back unchanged.
Times are in the study's time unit, scores in raw scale points. None stands for absent.
"""

from __future__ import annotations

from forwhom.findings.kinds.common import (
    Interval,
    Number,
)
from forwhom.findings.kinds.dimensions import (
    DimensionalProfileDetail,
    DimensionChange,
    DimensionRow,
    PersonDimension,
    PersonDimensionsDetail,
)
from forwhom.findings.kinds.evidence import ContradictionRow, ContradictionsDetail
from forwhom.findings.kinds.evidence_claims import ClaimCondition, ClaimRow, ClaimsDetail, SectionVerdicts
from forwhom.findings.kinds.evidence_grade import (
    CertaintyDetail,
    CertaintyRow,
    CertaintyStep,
    GradeDetail,
    GradedTreatment,
)
from forwhom.findings.kinds.evidence_grid import GridCell, GridDetail, SearchesDetail, SearchRow, SearchSource
from forwhom.findings.kinds.evidence_map import (
    BrainMapDetail,
    EvidenceGapsDetail,
    EvidenceMap,
    GapCell,
    MapCount,
    MapMark,
    MapResult,
    MapRow,
    MapSample,
    MarkersDetail,
)
from forwhom.findings.kinds.evidence_pool import (
    PoolDetail,
    PoolLevel,
    PoolRow,
    PoolSign,
    PoolSlope,
    PoolSplit,
    PoolTest,
    PoolUnused,
    PoolWithout,
    RecomputedDetail,
    RecomputedRow,
)
from forwhom.findings.kinds.evidence_published import PublishedDetail, PublishedEffect
from forwhom.findings.kinds.for_whom import (
    ArmLine,
    CalibrationGroup,
    CompositeModeratorDetail,
    CompositeWeight,
    DimensionalContrast,
    DimensionalDetail,
    EffectAt,
    EffectCurve,
    FairUseDetail,
    HeterogeneityDetail,
    HeterogeneityTest,
    IndicatedGroup,
    IndividualContrast,
    IndividualDetail,
    LevelEffect,
    ModeratorDetail,
    PersonEffect,
    PolicyValue,
    PowerPoint,
    RecommendationDetail,
    RuleCondition,
    RuleNode,
    ScaleEffect,
    SubgroupRow,
    TargetingPoint,
)
from forwhom.findings.kinds.how_alliance import (
    AlignedMean,
    AllianceDetail,
    PersonSessions,
    Relation,
    RepairShare,
    RuptureRate,
    RupturesDetail,
    SessionBlock,
    SuddenChangeDetail,
    SuddenShare,
)
from forwhom.findings.kinds.how_brain import BrainChange, BrainDetail, BrainPredictionDetail, BrainSymptom
from forwhom.findings.kinds.how_mediation import (
    CarriedContrast,
    LaggedPath,
    MechanismInArm,
    MechanismRow,
    MechanismsDetail,
    MediationDetail,
    TemporalOrderDetail,
    WindowSpan,
)
from forwhom.findings.kinds.how_roles import RoleRow, RolesDetail
from forwhom.findings.kinds.measurement import (
    DistributionDetail,
    DriftedItem,
    InvarianceStep,
    ItemDriftDetail,
    ItemRow,
    ItemsDetail,
    Ladder,
    Loading,
    PrecisionDetail,
    ReliabilityDetail,
    StructureDetail,
    StructureFit,
)
from forwhom.findings.kinds.one_person import (
    AlarmRule,
    ArmBenefit,
    BenefitDetail,
    CourseDetail,
    CoursePoint,
    ExpectedPoint,
    OnTrackDetail,
    OwnChangeDetail,
    ProfileDetail,
    ProfileRow,
    Standing,
)
from forwhom.findings.kinds.outcome import (
    ArmDifferenceDetail,
    Band,
    CategoryShare,
    ChangePoint,
    ClusterDetail,
    ContrastRow,
    DifferencePoint,
    FlowArm,
    FlowDetail,
    MeanPoint,
    MissingDetail,
    MissingPattern,
    PersonLine,
    ReliableChangeDetail,
    RiskDetail,
    RiskRow,
    SensitivityDetail,
    SensitivityRow,
    SurvivalCurve,
    TrajectoryDetail,
)
from forwhom.findings.kinds.programme import (
    CommonFeaturesDetail,
    FeatureRow,
    GapRow,
    GuidanceDetail,
    GuidanceRow,
    ProgrammeGapsDetail,
    ProgrammeSpan,
    ProgrammeTimelineDetail,
)
from forwhom.findings.kinds.programme_alerts import AlertRow, AlertsDetail
from forwhom.findings.kinds.programme_case import (
    AdviceRow,
    AgendaDetail,
    AgendaRow,
    CaseAdviceDetail,
    ComponentRow,
    EarlierVersion,
    FormulationDetail,
    MentalizingProfileDetail,
    ObservationRow,
    OwedRow,
    ProfileSquare,
    RaterPair,
    StanceItem,
    StancePoint,
    StanceTrendDetail,
    StrategiesDetail,
    TeamDetail,
    TrainingDetail,
    TrainingRow,
    TriggerCount,
    TriggerLine,
    TriggerMapDetail,
    VoiceRow,
)
from forwhom.findings.kinds.programme_crisis import CrisisPlanDetail, PlanStep
from forwhom.findings.kinds.programme_session import (
    SessionBalanceDetail,
    SessionCodeRow,
    SessionCodesDetail,
    SessionCount,
    SessionMoment,
    SessionMomentsDetail,
    SessionPoint,
    SessionStep,
    SessionStepsDetail,
    SessionTimelineDetail,
)

Detail = (
    ItemsDetail
    | ReliabilityDetail
    | DistributionDetail
    | PrecisionDetail
    | StructureDetail
    | ItemDriftDetail
    | FlowDetail
    | MissingDetail
    | ArmDifferenceDetail
    | TrajectoryDetail
    | ReliableChangeDetail
    | RiskDetail
    | SensitivityDetail
    | ClusterDetail
    | HeterogeneityDetail
    | ModeratorDetail
    | CompositeModeratorDetail
    | IndividualDetail
    | RecommendationDetail
    | FairUseDetail
    | DimensionalDetail
    | DimensionalProfileDetail
    | PersonDimensionsDetail
    | MediationDetail
    | MechanismsDetail
    | TemporalOrderDetail
    | BrainDetail
    | BrainPredictionDetail
    | RolesDetail
    | ProfileDetail
    | CourseDetail
    | OnTrackDetail
    | OwnChangeDetail
    | BenefitDetail
    | AllianceDetail
    | RupturesDetail
    | SuddenChangeDetail
    | BrainMapDetail
    | MarkersDetail
    | EvidenceGapsDetail
    | ContradictionsDetail
    | ClaimsDetail
    | GradeDetail
    | GridDetail
    | SearchesDetail
    | CertaintyDetail
    | PublishedDetail
    | AgendaDetail
    | AlertsDetail
    | CaseAdviceDetail
    | ProgrammeTimelineDetail
    | CommonFeaturesDetail
    | GuidanceDetail
    | ProgrammeGapsDetail
    | FormulationDetail
    | MentalizingProfileDetail
    | StanceTrendDetail
    | StrategiesDetail
    | TeamDetail
    | TrainingDetail
    | TriggerMapDetail
    | CrisisPlanDetail
    | SessionBalanceDetail
    | SessionCodesDetail
    | SessionMomentsDetail
    | SessionStepsDetail
    | SessionTimelineDetail
    | PoolDetail
    | RecomputedDetail
)
"""What `Finding.detail` may hold."""

__all__ = [
    "AdviceRow",
    "AgendaDetail",
    "AgendaRow",
    "AlarmRule",
    "AlertRow",
    "AlertsDetail",
    "AlignedMean",
    "AllianceDetail",
    "ArmBenefit",
    "ArmDifferenceDetail",
    "ArmLine",
    "Band",
    "BenefitDetail",
    "BrainChange",
    "BrainDetail",
    "BrainMapDetail",
    "BrainPredictionDetail",
    "BrainSymptom",
    "CalibrationGroup",
    "CarriedContrast",
    "CaseAdviceDetail",
    "CategoryShare",
    "CertaintyDetail",
    "CertaintyRow",
    "CertaintyStep",
    "ChangePoint",
    "ClaimCondition",
    "ClaimRow",
    "ClaimsDetail",
    "ClusterDetail",
    "CommonFeaturesDetail",
    "ComponentRow",
    "CompositeModeratorDetail",
    "CompositeWeight",
    "ContradictionRow",
    "ContradictionsDetail",
    "ContrastRow",
    "CourseDetail",
    "CoursePoint",
    "CrisisPlanDetail",
    "Detail",
    "DifferencePoint",
    "DimensionChange",
    "DimensionRow",
    "DimensionalContrast",
    "DimensionalDetail",
    "DimensionalProfileDetail",
    "DistributionDetail",
    "DriftedItem",
    "EarlierVersion",
    "EffectAt",
    "EffectCurve",
    "EvidenceGapsDetail",
    "EvidenceMap",
    "ExpectedPoint",
    "FairUseDetail",
    "FeatureRow",
    "FlowArm",
    "FlowDetail",
    "FormulationDetail",
    "GapCell",
    "GapRow",
    "GradeDetail",
    "GradedTreatment",
    "GridCell",
    "GridDetail",
    "GuidanceDetail",
    "GuidanceRow",
    "HeterogeneityDetail",
    "HeterogeneityTest",
    "IndicatedGroup",
    "IndividualContrast",
    "IndividualDetail",
    "Interval",
    "InvarianceStep",
    "ItemDriftDetail",
    "ItemRow",
    "ItemsDetail",
    "Ladder",
    "LaggedPath",
    "LevelEffect",
    "Loading",
    "MapCount",
    "MapMark",
    "MapResult",
    "MapRow",
    "MapSample",
    "MarkersDetail",
    "MeanPoint",
    "MechanismInArm",
    "MechanismRow",
    "MechanismsDetail",
    "MediationDetail",
    "MentalizingProfileDetail",
    "MissingDetail",
    "MissingPattern",
    "ModeratorDetail",
    "Number",
    "ObservationRow",
    "OnTrackDetail",
    "OwedRow",
    "OwnChangeDetail",
    "PersonDimension",
    "PersonDimensionsDetail",
    "PersonEffect",
    "PersonLine",
    "PersonSessions",
    "PlanStep",
    "PolicyValue",
    "PoolDetail",
    "PoolLevel",
    "PoolRow",
    "PoolSign",
    "PoolSlope",
    "PoolSplit",
    "PoolTest",
    "PoolUnused",
    "PoolWithout",
    "PowerPoint",
    "PrecisionDetail",
    "ProfileDetail",
    "ProfileRow",
    "ProfileSquare",
    "ProgrammeGapsDetail",
    "ProgrammeSpan",
    "ProgrammeTimelineDetail",
    "PublishedDetail",
    "PublishedEffect",
    "RaterPair",
    "RecommendationDetail",
    "RecomputedDetail",
    "RecomputedRow",
    "Relation",
    "ReliabilityDetail",
    "ReliableChangeDetail",
    "RepairShare",
    "RiskDetail",
    "RiskRow",
    "RoleRow",
    "RolesDetail",
    "RuleCondition",
    "RuleNode",
    "RuptureRate",
    "RupturesDetail",
    "ScaleEffect",
    "SearchRow",
    "SearchSource",
    "SearchesDetail",
    "SectionVerdicts",
    "SensitivityDetail",
    "SensitivityRow",
    "SessionBalanceDetail",
    "SessionBlock",
    "SessionCodeRow",
    "SessionCodesDetail",
    "SessionCount",
    "SessionMoment",
    "SessionMomentsDetail",
    "SessionPoint",
    "SessionStep",
    "SessionStepsDetail",
    "SessionTimelineDetail",
    "StanceItem",
    "StancePoint",
    "StanceTrendDetail",
    "Standing",
    "StrategiesDetail",
    "StructureDetail",
    "StructureFit",
    "SubgroupRow",
    "SuddenChangeDetail",
    "SuddenShare",
    "SurvivalCurve",
    "TargetingPoint",
    "TeamDetail",
    "TemporalOrderDetail",
    "TrainingDetail",
    "TrainingRow",
    "TrajectoryDetail",
    "TriggerCount",
    "TriggerLine",
    "TriggerMapDetail",
    "VoiceRow",
    "WindowSpan",
]

"""An explainable score of how frustrated a caller is; README.md says what each reason means."""

from agents.frustration.reasons import Reason
from agents.frustration.scorer import Scorer
from agents.frustration.turns import Contribution, Score, Speaker, Turn
from agents.frustration.weights import FrustrationWeights

__all__ = [
    "Contribution",
    "FrustrationWeights",
    "Reason",
    "Score",
    "Scorer",
    "Speaker",
    "Turn",
]

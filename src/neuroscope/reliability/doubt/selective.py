"""What would the errors be if the least sure answers were left to a person.

References
----------
Geifman and El-Yaniv 2017 (arXiv:1705.08500) for risk and coverage; Geifman, Uziel and El-Yaniv
2019 (arXiv:1805.08206) for the excess over the best order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Error rate among the surest answers.

    Attributes
    ----------
    coverage, risk
        Shape ``(n,)``: share of the cases that are answered, from the surest on, and the share of
        these that are wrong.
    area, excess
        Mean risk over all coverages (AURC), and by how much it exceeds that of the best order.
    """

    coverage: Float64
    risk: Float64
    area: float
    excess: float

    def risk_at(self, coverage: float) -> float:
        """Give the risk where at least this share is answered."""
        return float(
            self.risk[min(int(np.ceil(coverage * len(self.risk) - 1e-9)) - 1, len(self.risk) - 1)]
        )


def risk_coverage(confidence: Float64, is_right: NDArray[np.bool_]) -> RiskCoverage:
    """Order cases by confidence and count errors among the surest; cases that tie share theirs.

    Parameters
    ----------
    confidence
        The higher, the surer, shape ``(n,)``; at least one case.
    is_right
        Whether the answer was right, shape ``(n,)``.
    """
    wrong = (~is_right).astype(np.float64)
    values, inverse, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    shared = np.bincount(inverse, weights=wrong, minlength=len(values)) / counts
    spread = np.repeat(shared, counts)
    answered = np.arange(1, len(wrong) + 1)
    risk = np.cumsum(spread) / answered
    best = np.cumsum(np.sort(wrong)) / answered
    area = float(risk.mean())
    return RiskCoverage(answered / len(wrong), risk, area, area - float(best.mean()))

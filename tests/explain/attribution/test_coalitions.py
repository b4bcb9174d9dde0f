from itertools import permutations

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.coalitions import shapley_values


def worth_of(rng):
    table = {}
    return lambda who: table.setdefault(who, float(rng.normal()))


def by_permutations(number, worth):
    shares, orders = np.zeros(number), list(permutations(range(number)))
    for order in orders:
        for n, player in enumerate(order):
            before = tuple(sorted(order[:n]))
            shares[player] += worth(tuple(sorted((*before, player)))) - worth(before)
    return shares / len(orders)


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_it_is_the_mean_over_all_orders_of_arrival(number):
    worth = worth_of(np.random.default_rng(number))
    np.testing.assert_allclose(
        shapley_values(number, worth), by_permutations(number, worth), atol=1e-12
    )


def test_efficiency_symmetry_and_dummy():
    def worth(who):
        return 3.0 * ({0, 1} <= set(who)) + 0.5 * (2 in who) + 7.0  # 3 is a dummy

    shares = shapley_values(4, worth)
    np.testing.assert_allclose(shares, [1.5, 1.5, 0.5, 0.0], atol=1e-12)
    assert shares.sum() == pytest.approx(worth((0, 1, 2, 3)) - worth(()))


def test_every_coalition_is_asked_once():
    asked = []
    shapley_values(4, lambda who: float(asked.append(who) or len(who)))
    assert len(asked) == 16 == len(set(asked))


def test_too_many_players_are_refused():
    with pytest.raises(BadInputError, match="KernelSHAP"):
        shapley_values(30, lambda who: 0.0)

"""Random streams that do not disturb each other."""

import zlib

import numpy as np

from neuroscope.errors import BadInputError


def require_seed(seed: int) -> None:
    """Refuse a seed that starts no stream."""
    if seed < 0:
        raise BadInputError(f"The seed is {seed}.", fix="Use a whole number from 0.")


def side_stream(rng: np.random.Generator, name: str) -> np.random.Generator:
    """Give a stream of its own to a named purpose, taking nothing from `rng`.

    What is added to the phantom later draws from here, so that it changes no older picture. The
    same generator, however much was drawn from it, gives the same stream for the same name.
    """
    seed = int(rng.bit_generator.seed_seq.generate_state(1)[0])
    return np.random.default_rng([seed, zlib.crc32(name.encode())])

"""Whatever a decoder throws at hostile bytes becomes one error that says how to mend it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from neuroscope.errors import NeuroscopeError, TooLargeError, UnreadableFileError

log = logging.getLogger(__name__)


@contextmanager
def decoding(kind: str) -> Iterator[None]:
    """Turn every failure inside into an `UnreadableFileError`.

    The decoder's own words are dropped on purpose: they quote header values and paths, which may
    name a patient. Warnings are silenced for the same reason; what a reader must know of an odd
    file is said in cautions.

    Parameters
    ----------
    kind
        What is being decoded, as it is called in the message, for example `PNG`.

    Raises
    ------
    UnreadableFileError
        If the file is damaged, truncated, missing or may not be read.
    TooLargeError
        If the memory does not suffice.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except NeuroscopeError:
        raise
    except PermissionError:
        raise UnreadableFileError(
            "The file may not be read.", fix="Give your user the right to read it."
        ) from None
    except FileNotFoundError:
        raise UnreadableFileError("The file does not exist.", fix="Check the path.") from None
    except MemoryError:
        raise TooLargeError(
            f"The {kind} file needs more memory than there is.",
            fix="Close other programs, or give fewer or smaller images.",
        ) from None
    except Exception as error:  # noqa: BLE001 - decoders raise anything when the bytes are damaged
        log.info("decoding %s failed with %s", kind, type(error).__name__)
        raise UnreadableFileError(
            f"The {kind} file is truncated or damaged.",
            fix="Copy or export it again from where it came.",
        ) from None

"""Tell the job of a training how far it has come, and let one training run at a time."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neuroscope.errors import CanceledError
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.training_files import shared_folder

TELL_EVERY_S = 0.5
Check = Callable[[], None]
"""Called often; may raise to end the process."""


class LeftAloneError(Exception):
    """The program that started this process is gone; the training goes on at the next start."""


class Teller:
    """Tells the job how far a training has come, and stops it when somebody asks."""

    def __init__(self, store: Store, run_id: str, check: Check) -> None:
        self._store, self._run_id, self._check = store, run_id, check
        self._start, self._share, self._told_at = 0.0, 1.0, -TELL_EVERY_S
        self.message = "Waiting for another training"

    def part(self, start: float, end: float, message: str) -> None:
        """Begin a part of the work that takes the job from one fraction to another."""
        self._start, self._share, self.message = start, end - start, message
        self._told_at = -TELL_EVERY_S

    def __call__(self, fraction: float) -> None:
        """Tell the fraction of this part.

        Raises
        ------
        CanceledError
            If somebody stopped the training.
        """
        self._check()
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return
        done = self._start + self._share * fraction
        job = jobs.tell_progress(self._store, self._run_id, done, self.message)
        self._told_at = time.monotonic()
        if job.state not in jobs.ACTIVE:
            raise CanceledError("The training was stopped.", fix="Resume it.")


@contextmanager
def alone(store: Store, tell: Teller) -> Iterator[None]:
    """Wait until no other training of this store runs; the kernel frees the place of a dead one."""
    folder = shared_folder(store)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "training.lock").open("w", encoding="ascii") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                tell(0.0)
                time.sleep(TELL_EVERY_S)
            else:
                break
        yield

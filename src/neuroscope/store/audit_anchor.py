"""Anchor the head of the audit trail outside: a signed note of how far it went, and of what it was.

A chain that its owner has written anew, or cut short, is whole in itself. A note that was laid
down elsewhere tells. It is signed with a secret (HMAC-SHA-256) that must lie elsewhere as well: who
holds both database and secret can forge both.
"""

import hashlib
import hmac
import json
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from neuroscope.errors import BadInputError
from neuroscope.store.audit import GENESIS, canonical, head_of
from neuroscope.store.blobs import as_storage_error, write_atomically
from neuroscope.store.database import Store
from neuroscope.store.key import read_or_make_key
from neuroscope.store.tables import AuditEventRow, now

KEY_NAME = "anchor.key"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far a trail went at some time.

    Attributes
    ----------
    seq, hash
        Number and hash of its last event.
    first
        Hash of its first event, which tells trails apart.
    signature
        HMAC-SHA-256 of all else, hexadecimal.
    """

    format: int
    seq: int
    hash: str
    first: str
    ts_utc: str
    signature: str

    def signed_by(self, key: bytes) -> str:
        """Compute what `signature` must be."""
        content = {name: value for name, value in asdict(self).items() if name != "signature"}
        return hmac.new(key, canonical(content).encode(), hashlib.sha256).hexdigest()


def read_or_make_anchor_key(path: Path) -> bytes:
    """Read the secret that signs anchors; the first to ask makes it, for its owner alone.

    Raises
    ------
    BadInputError
        If others may read it, or it is no key.
    """
    with as_storage_error("The key for anchors cannot be made or read."):
        try:
            key = read_or_make_key(path.parent, path.name)
        except ValueError as error:
            raise BadInputError(
                f"{path.name} holds no key.", fix="Name the file that --anchor made, or a new one."
            ) from error
        mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise BadInputError(
            f"Others may read the key for anchors (its mode is {mode:o}).",
            fix=f"Run: chmod 600 {path.name}",
        )
    if len(key) < 16:
        raise BadInputError(
            f"{path.name} holds a key of {len(key)} bytes.", fix="Name a new file: one is made."
        )
    return key


def make_anchor(store: Store, key: bytes) -> Anchor:
    """Note and sign how far the trail goes."""
    seq, last = head_of(store)
    unsigned = Anchor(
        FORMAT, seq, last, _hash_at(store, 1), now().isoformat(timespec="microseconds"), ""
    )
    return Anchor(**{**asdict(unsigned), "signature": unsigned.signed_by(key)})


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Write an anchor as JSON."""
    with as_storage_error("The anchor could not be written."):
        write_atomically(path, (json.dumps(asdict(anchor), indent=2) + "\n").encode("ascii"))


def read_anchor(path: Path) -> Anchor:
    """Read an anchor.

    Raises
    ------
    BadInputError
        If the file is not there or holds no anchor.
    """
    try:
        read: dict[str, Any] = json.loads(path.read_text("ascii"))
        anchor = Anchor(**read)
        if anchor.format != FORMAT or not isinstance(anchor.seq, int):
            raise ValueError(anchor.format)
    except (OSError, ValueError, TypeError) as error:
        raise BadInputError(
            f"{path.name} is no anchor of an audit trail.",
            fix="Name a file that `neuroscope audit log --anchor` wrote.",
        ) from error
    return anchor


def fault_of(store: Store, anchor: Anchor, key: bytes) -> str | None:
    """Say how the trail differs from what was anchored; None if all that was anchored is there.

    The chain itself is for `audit.verify`: this looks at the two events that the anchor names.
    """
    if not hmac.compare_digest(anchor.signature, anchor.signed_by(key)):
        return "The anchor was changed, or signed with another key."
    if anchor.seq == 0:
        return None
    if _hash_at(store, 1) != anchor.first:
        return "The anchor belongs to another trail, or the trail was begun anew."
    reached, _ = head_of(store)
    if reached < anchor.seq:
        return (
            f"The trail ends at event {reached}; {anchor.seq} were anchored on {anchor.ts_utc}: "
            f"{anchor.seq - reached} are gone."
        )
    if _hash_at(store, anchor.seq) != anchor.hash:
        return f"Event {anchor.seq} or one before it was written anew after {anchor.ts_utc}."
    return None


def _hash_at(store: Store, seq: int) -> str:
    with store.reading() as session:
        found = session.scalar(select(AuditEventRow.hash).where(AuditEventRow.seq == seq))
    return GENESIS if found is None else found

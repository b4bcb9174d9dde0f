"""How slices look to the network: what the queue of slices to read next is made from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.records.analysis import SliceFinding
from neuroscope.store.blobs import write_array


def look_rows(
    folder: Path, analysis_id: str, series_id: str, findings: Sequence[SliceFinding]
) -> list[dict[str, Any]]:
    """Write the embeddings of some findings into a folder, and give their rows."""
    seen = [(f.index, f.look) for f in findings if f.look is not None]
    if not seen:
        return []
    embedding = write_array(folder, np.stack([look.embedding for _, look in seen])).to_json()
    return [
        {
            "analysis_id": analysis_id,
            "series_id": series_id,
            "index": index,
            "embedding": embedding,
            "position": position,
            "linear": look.linear,
            "outside": look.outside,
            "scatter": look.scatter,
        }
        for position, (index, look) in enumerate(seen)
    ]

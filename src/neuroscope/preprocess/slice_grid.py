"""Tell where the pixels of displayed slices lie."""

import numpy as np

from neuroscope.preprocess.orient import SliceSource
from neuroscope.records.annotation import PLAIN_AFFINE
from neuroscope.records.geometry import checked_affine
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume


def slice_grid(source: SliceSource, index: int) -> SliceGrid:
    """Place the pixels of one slice: in mm, or in its own pixels if nobody knows its place."""
    if not isinstance(source.image, Volume):
        affine = source.image[index].affine
        affine = PLAIN_AFFINE if affine is None else affine
        return SliceGrid(source.names[index], source.shape(index), affine, index)
    cut = source.cut
    assert cut is not None  # noqa: S101 - a volume always has one
    to_index = np.zeros((4, 4))
    to_index[cut.row_axis, 0] = cut.to_voxel[0, 0]
    to_index[cut.row_axis, 3] = cut.to_voxel[0, 2]
    to_index[cut.column_axis, 1] = cut.to_voxel[1, 1]
    to_index[cut.column_axis, 3] = cut.to_voxel[1, 2]
    to_index[cut.axis, 2], to_index[cut.axis, 3], to_index[3, 3] = 1.0, index, 1.0
    affine = checked_affine(source.image.affine @ to_index)
    return SliceGrid(source.names[index], cut.shape, affine)

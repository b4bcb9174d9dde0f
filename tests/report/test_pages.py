"""What is drawn, what is left out, and that leaving out is said."""

from neuroscope.report.pages import (
    SLICES_DRAWN,
    bars_of,
    image_rows,
    slice_table,
    slices_to_draw,
    volume_block,
)


def test_few_slices_are_all_drawn_in_order(slices_case):
    found = slices_case(4).analysis.series[0]
    assert slices_to_draw(found) == found.slices


def test_of_many_slices_the_surest_of_each_class_and_the_least_sure_are_drawn(slices_case):
    found = slices_case(60).analysis.series[0]
    drawn = slices_to_draw(found)
    assert len(drawn) == SLICES_DRAWN
    least_sure = min(found.slices, key=lambda s: s.prediction.p_label)
    assert found.slices[0] in drawn  # the surest glioma
    assert least_sure in drawn
    assert [s.index for s in drawn] == sorted(s.index for s in drawn)


def test_bars_keep_the_order_of_the_classes_and_mark_the_answer(volume_case):
    bars = bars_of(volume_case.analysis.series[0].decision)
    assert [bar.name for bar in bars] == ["Glioma", "Meningioma", "Pituitary tumor", "No tumor"]
    assert [bar.is_answer for bar in bars] == [False, True, False, False]


def test_a_volume_shows_three_planes_and_its_deciding_slices_counted_from_1(volume_case):
    found = volume_case.analysis.series[0]
    series = volume_case.imported.study.series[0]
    volume = volume_case.imported.volumes["v1"]
    block = volume_block(found, series, volume, volume_case.evidence_of("v1", None))
    # the peak lies at 6/10 of 40, 48 and 24 voxels: indices 24, 29, 14
    assert [p.caption for p in block.explained] == [
        "Axial, slice 15",
        "Coronal, slice 30",
        "Sagittal, slice 25",
    ]
    assert [p.caption for p in block.strip] == ["slice 13", "slice 14", "slice 15", "slice 16"]


def test_a_long_table_says_what_it_leaves_out(slices_case):
    table = slice_table(slices_case(410).analysis.series[0], "x")
    assert len(table.rows) == 400
    assert table.note.startswith("10 more rows")


def test_images_are_described_by_their_files(volume_case, slices_case):
    assert image_rows(volume_case.imported) == (
        ("T1 with contrast, “T1 POST”", "40 × 48 × 24 voxels", "4.00 × 4.00 × 6.00 mm"),
    )
    assert image_rows(slices_case(1).imported) == (
        ("Plain picture", "1 slice, 64 × 48 pixels", "spacing unknown"),
    )

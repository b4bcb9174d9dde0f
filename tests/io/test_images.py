import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neuroscope.errors import BadInputError, TooLargeError, UnreadableFileError
from neuroscope.io.images import read_image
from neuroscope.settings import Limits

ROW, COLUMN = np.indices((48, 64))
GRAY = (4 * ROW + COLUMN).astype(np.uint8)


def _save(tmp_path, picture, name="a.png", **options):
    path = tmp_path / name
    picture.save(path, **options)
    return path


def _rgb(gray):
    return Image.fromarray(np.stack([gray] * 3, axis=-1))


def test_8_bit_gray_is_read_exactly(tmp_path, limits):
    found = read_image(_save(tmp_path, Image.fromarray(GRAY), "slice 7.png"), limits=limits)
    np.testing.assert_array_equal(found.pixels, GRAY)
    assert (found.pixels.dtype, found.name, found.affine) == (np.uint8, "slice 7", None)
    assert found.cautions == ()


def test_16_bit_gray_keeps_all_its_bits(tmp_path, limits):
    deep = (GRAY.astype(np.uint16) << 7) + 3
    found = read_image(_save(tmp_path, Image.fromarray(deep)), limits=limits)
    np.testing.assert_array_equal(found.pixels, deep)
    assert found.pixels.dtype == np.uint16


def test_gray_stored_as_rgb_is_read_exactly(tmp_path, limits):
    np.testing.assert_array_equal(
        read_image(_save(tmp_path, _rgb(GRAY)), limits=limits).pixels, GRAY
    )


def test_palette_and_1_bit_become_gray(tmp_path, limits):
    palette = Image.fromarray(GRAY).convert("P")
    np.testing.assert_array_equal(read_image(_save(tmp_path, palette), limits=limits).pixels, GRAY)
    binary = Image.fromarray(GRAY > 100)
    found = read_image(_save(tmp_path, binary, "b.png"), limits=limits).pixels
    np.testing.assert_array_equal(found, np.where(GRAY > 100, 255, 0))


def test_transparent_parts_are_laid_on_black_and_said(tmp_path, limits):
    alpha = np.where(COLUMN < 32, 255, 0).astype(np.uint8)
    picture = Image.fromarray(np.stack([GRAY, alpha], axis=-1))
    found = read_image(_save(tmp_path, picture), limits=limits)
    np.testing.assert_array_equal(found.pixels, np.where(COLUMN < 32, GRAY, 0))
    assert found.cautions == ("Transparent parts were laid on black.",)


def test_jpeg_is_read_in_gray_and_in_color_coding(tmp_path, limits):
    for name, picture in (("g.jpg", Image.fromarray(GRAY)), ("c.jpeg", _rgb(GRAY))):
        found = read_image(_save(tmp_path, picture, name, quality=95), limits=limits)
        assert np.abs(found.pixels.astype(int) - GRAY).mean() < 3
        assert found.cautions == ()


@pytest.mark.parametrize(
    ("tag", "to_upright"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.T),
        (6, lambda a: a.T[:, ::-1]),  # the camera lay on its left: turn clockwise
        (7, lambda a: a.T[::-1, ::-1]),
        (8, lambda a: a.T[::-1]),
    ],
)
def test_exif_rotation_is_undone(tmp_path, limits, tag, to_upright):
    exif = Image.Exif()
    exif[0x0112] = tag
    path = _save(tmp_path, Image.fromarray(GRAY), exif=exif)
    np.testing.assert_array_equal(read_image(path, limits=limits).pixels, to_upright(GRAY))


def test_the_content_counts_and_not_the_name(tmp_path, limits):
    path = _save(tmp_path, Image.fromarray(GRAY), "really_jpeg.png", format="JPEG")
    assert read_image(path, limits=limits).pixels.shape == GRAY.shape


def test_a_color_photo_is_refused_with_a_way_out(tmp_path, limits):
    photo = Image.fromarray(np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=-1))
    with pytest.raises(BadInputError, match="is in color") as caught:
        read_image(_save(tmp_path, photo), limits=limits)
    assert "gray" in caught.value.fix


def test_small_colored_marks_are_a_caution(tmp_path, limits):
    marked = np.stack([GRAY] * 3, axis=-1)
    marked[:4, :16] = (255, 255, 0)  # 64 of 3072 pixels: 2.1 %
    found = read_image(_save(tmp_path, Image.fromarray(marked)), limits=limits)
    assert found.cautions == ("Colored marks cover 2.1 % of the picture.",)


def test_16_bit_color_is_reduced_and_said(tmp_path, limits):
    path = tmp_path / "deep.png"
    path.write_bytes(_png(40, 40, depth=16, color=2, content=bytes(40 * (1 + 40 * 6))))
    assert "16-bit color" in read_image(path, limits=limits).cautions[0]


def test_only_the_first_frame_of_an_animation_is_read(tmp_path, limits):
    first, second = Image.fromarray(GRAY), Image.fromarray(255 - GRAY)
    path = _save(tmp_path, first, save_all=True, append_images=[second])
    found = read_image(path, limits=limits)
    np.testing.assert_array_equal(found.pixels, GRAY)
    assert found.cautions == ("Only the first of 2 frames was read.",)


def _png(columns, rows, *, depth=8, color=0, content=b"\0"):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", columns, rows, depth, color, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(content)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("side", [8_001, 10_000, 20_000, 60_000])
def test_a_png_bomb_is_refused_before_it_is_decoded(tmp_path, limits, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(side, side))
    with pytest.raises(TooLargeError, match="the limit is 64000000"):
        read_image(path, limits=limits)


def test_a_png_bomb_in_a_text_chunk_is_refused(tmp_path, limits):
    body = b"key\0\0" + zlib.compress(bytes(100 * 1024**2))
    text = (
        struct.pack(">I", len(body))
        + b"zTXt"
        + body
        + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    )
    plain = _png(40, 40, content=bytes(40 * 41))
    path = tmp_path / "bomb.png"
    path.write_bytes(plain[:33] + text + plain[33:])
    with pytest.raises(BadInputError):
        read_image(path, limits=limits)


def test_a_picture_too_small_for_a_slice_is_refused(tmp_path, limits):
    with pytest.raises(BadInputError, match="31 x 48 pixels: too small"):
        read_image(_save(tmp_path, Image.fromarray(GRAY[:, :31])), limits=limits)


def test_the_limit_of_pixels_comes_from_the_settings(tmp_path):
    path = _save(tmp_path, Image.fromarray(GRAY))
    with pytest.raises(TooLargeError, match="3072 pixels; the limit is 3071"):
        read_image(path, limits=Limits(image_pixels=3071))


def _encoded(kind):
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (48, 64), dtype=np.uint8)
    Image.fromarray(noise).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_unreadable(tmp_path, limits, kind, share):
    content = _encoded(kind)
    path = tmp_path / "half"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnreadableFileError, match="truncated or damaged"):
        read_image(path, limits=limits)


@given(draw=st.data(), kind=st.sampled_from(["PNG", "JPEG"]))
@settings(max_examples=150)
def test_bit_flips_and_cuts_never_raise_anything_else(
    tmp_path_factory, answer_or_refusal, limits, draw, kind
):
    content = bytearray(_encoded(kind))
    for position in draw.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[position] ^= 1 << draw.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("fuzz") / "x.png"
    path.write_bytes(content[: draw.draw(st.integers(0, len(content)))])
    found = answer_or_refusal(lambda: read_image(path, limits=limits))
    assert isinstance(found, BadInputError) or np.isfinite(found.pixels).all()


@pytest.mark.data
def test_300_real_slices_are_read_without_one_refusal(development_data, limits):
    files = sorted((development_data / "mri2d_4class").rglob("*.jpg"))[::20]
    assert len(files) >= 300
    for path in files:
        assert min(read_image(path, limits=limits).pixels.shape) >= 200

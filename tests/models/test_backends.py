import numpy as np
import onnxruntime
import pytest

from neuroscope.models.backends import OUTPUTS, TOGETHER, shared_out
from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine


@pytest.mark.parametrize("cores", [1, 2, 3, 16])
@pytest.mark.parametrize("number", [1, 2, 7, 8, 9, 53])
def test_slices_are_shared_out_evenly_in_order_and_a_few_at_a_time(number: int, cores: int) -> None:
    images = np.arange(number, dtype=np.float32).reshape(-1, 1, 1, 1)
    parts = shared_out(images, cores)
    sizes = [len(part) for part in parts]
    np.testing.assert_array_equal(np.concatenate(parts), images)
    assert 1 <= min(sizes) <= max(sizes) <= TOGETHER
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) % cores == 0 or len(parts) == number  # no core stands by while another works


def test_slices_run_together_on_several_cores_answer_as_one_by_one() -> None:
    images = np.random.default_rng(3).random((9, 1, 160, 160)).astype(np.float32)
    images *= images.mean(axis=0) > 0.4  # something with structure
    session = onnxruntime.InferenceSession(
        str(SHIPPED_WEIGHTS / "evidence.onnx"), providers=["CPUExecutionProvider"]
    )
    alone = [session.run(OUTPUTS, {"image": images[n : n + 1]}) for n in range(9)]
    together = load_engine(backend="onnxruntime", threads=2).run(images)
    for name, one_by_one in zip(OUTPUTS, zip(*alone, strict=True), strict=True):
        expected = np.concatenate(one_by_one)
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(getattr(together, name), expected, atol=1e-5, rtol=0)

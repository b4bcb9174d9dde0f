"""Is the server there; which models does it have."""

from importlib.metadata import version

from fastapi import APIRouter

from neuroscope.api.schemas import HealthOut, ModelCardOut
from neuroscope.models.cards import read_cards

router = APIRouter(tags=["server"])


@router.get("/health")
def get_health() -> HealthOut:
    """Say that the server runs. Needs no token."""
    return HealthOut(version=version("neuroscope"))


@router.get("/models")
def list_models() -> list[ModelCardOut]:
    """List the cards of the models that this version ships."""
    return [ModelCardOut.model_validate(card) for card in read_cards()]

"""What travels when something went wrong."""

from typing import Any

from pydantic import ConfigDict, Field

from neuroscope.api.annotation_schema import VersionOut
from neuroscope.api.schemas import Out


def _without_default(schema: dict[str, Any]) -> None:
    """Let the page's types say that it may be absent: with a default they say it never is."""
    schema.pop("default", None)


class ProblemOut(Out):
    """What went wrong and how to mend it (RFC 9457, with the extra member `fix`)."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str = Field(examples=["urn:neuroscope:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["No study has the id 3f9a."])
    fix: str = Field(examples=["Open the worklist and choose a study."])
    received: int | None = Field(
        default=None, description="On a wrong upload offset: how many bytes the server holds."
    )
    current: VersionOut | None = Field(
        default=None,
        description="On an edit that came too late: the version that counts.",
        json_schema_extra=_without_default,
    )
    yours: VersionOut | None = Field(
        default=None,
        description="On an edit that came too late: what you sent, as it is kept.",
        json_schema_extra=_without_default,
    )

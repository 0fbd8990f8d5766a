"""What the server says of itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from search.answer import BuildInfo


class Live(BaseModel):
    """The process runs."""

    status: Literal["live"] = Field(default="live", examples=["live"])


class Stale(BaseModel):
    """The live build cannot be served, so an older one answers."""

    model_config = ConfigDict(from_attributes=True)

    build_id: str | None = Field(
        description="The build that is refused; null where CURRENT cannot be read.", examples=["20261123T031502-118240"]
    )
    reason: str = Field(description="Why it is refused, and what to do next.")


class Ready(BaseModel):
    """Questions are answered."""

    status: Literal["ready"] = Field(default="ready", examples=["ready"])
    build_id: str = Field(description="The build that answers.", examples=["20261122T165717-233603"])
    stale: Stale | None = Field(
        default=None, description="Why that is not the live build, where it is not.", examples=[None]
    )


class Version(BuildInfo):
    """Which version of Trialkin answers, and from which build."""

    version: str = Field(description="Version of Trialkin.", examples=["0.1.0"])

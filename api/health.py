"""What the server says of itself."""

from typing import Literal

from pydantic import BaseModel, Field

from search.answer import BuildInfo


class Live(BaseModel):
    """The process runs."""

    status: Literal["live"] = Field(default="live", examples=["live"])


class Ready(BaseModel):
    """Questions are answered."""

    status: Literal["ready"] = Field(default="ready", examples=["ready"])
    build_id: str = Field(examples=["20261122T165717-233603"])


class Version(BuildInfo):
    """Which version of Trialkin answers, and from which build."""

    version: str = Field(description="Version of Trialkin.", examples=["0.1.0"])

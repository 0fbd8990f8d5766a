"""What an operator can set: by environment (`TRIALKIN_…`), by a TOML file, or on the command line, which goes first."""

import difflib
import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import limits
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from api.fault_words import fault_words
from search.artefact.layout import DEFAULT_ROOT
from search.errors import BadInput

PREFIX = "TRIALKIN_"
CONFIG = f"{PREFIX}CONFIG"
"""The variable that names the file."""
ELSEWHERE = frozenset({CONFIG, *(PREFIX + name for name in ("STORE", "USER_AGENT", "REGISTRY_URL"))})
"""Variables of that form which are no settings of the server: that, and those of other commands."""
GUIDE = "docs/operations.md lists the settings"


def _listed(given: object) -> object:
    """A list written in one line, its parts separated by commas, as a variable must write it."""
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Settings(BaseModel):
    """The server's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    index: Path = Field(DEFAULT_ROOT, description="Folder of the index, whose live build is served and followed.")
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 is every interface.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 is any free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes that answer; they share the mapped index.")

    max_age: int = Field(
        60, ge=0, description="Seconds for which an answer may be kept unasked: a new build shows after this at most."
    )
    stale_while_revalidate: int = Field(
        3600, ge=0, description="Seconds beyond `max_age` for which a cache may answer while it asks again."
    )
    cors_origins: Listed = Field(
        ("*",), description="Origins such as https://example.org whose pages may read answers; * is all, none nobody."
    )

    concurrency: int = Field(2, ge=1, le=256, description="Questions that a worker computes at once.")
    queue: int = Field(16, ge=0, le=10_000, description="Questions that wait for their turn; further ones get 503.")
    queue_seconds: float = Field(1.0, gt=0, le=60, description="For which a question waits at most, then 503.")
    deadline_seconds: float = Field(10.0, gt=0, le=600, description="After which an answer is given up: 503.")
    cache_mib: int = Field(32, ge=0, le=65_536, description="Memory of a worker for answers it has given; 0 is none.")

    max_url: int = Field(16_384, ge=256, le=1_048_576, description="Bytes of path and query; more is 414.")
    max_headers: int = Field(16_384, ge=1024, le=1_048_576, description="Bytes of all header fields; more is 431.")
    max_parameters: int = Field(200, ge=1, le=10_000, description="Query parameters, repeated ones too; more is 422.")
    max_body: int = Field(262_144, ge=1024, description="Bytes of a body; more is 413.")
    body_seconds: float = Field(10.0, gt=0, le=600, description="In which a body has to arrive, else 408.")

    rate_limit: str | None = Field(
        None, description="Questions a client may ask, as `60/minute` or `10/second; 1000/hour`; off unless set."
    )
    rate_limit_storage: str = Field(
        "memory://", description="Where they are counted: in each worker, or `redis://host:6379` for all of them."
    )
    trusted_proxies: Listed = Field(
        (), description="Addresses or networks of your proxies, whose X-Forwarded-For names the client."
    )

    admin_key: SecretStr | None = Field(
        None, min_length=16, description="Key of `/admin`, at least 16 characters; `/admin` is not there unless set."
    )
    metrics: Literal["public", "key", "off"] = Field(
        "public", description="Who may read `/metrics`: anybody, who has the key, or nobody."
    )

    tracing: bool = Field(
        False, description="A span for every request, to `OTEL_EXPORTER_OTLP_ENDPOINT`; needs `trialkin[otel]`."
    )

    log_format: Literal["json", "text"] = Field("json", description="Form of the lines on standard error.")
    log_requests: bool = Field(True, description="A line for every request, which names nobody.")
    log_queries: bool = Field(False, description="Puts into it what was asked: the path and the query.")

    @field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                limits.parse_many(given)
            except ValueError:
                raise ValueError(f"{given!r} is no rate; write 60/minute, or 10/second; 1000/hour") from None
        return given

    @field_validator("rate_limit_storage")
    @classmethod
    def _is_a_storage(cls, given: str) -> str:
        scheme = given.partition("://")[0]
        if scheme not in ("memory", "redis", "rediss"):
            raise ValueError(f"{given!r} is no storage; write memory:// or redis://host:6379")
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for address in given:
            try:
                ipaddress.ip_network(address)
            except ValueError:
                raise ValueError(f"{address!r} is no address and no network; write 10.0.0.7 or 10.0.0.0/8") from None
        return given


def read_settings(file: Path | None, environment: Mapping[str, str], **given: Any) -> Settings:
    """The settings: those `given` go before the environment's, and these before the file's.

    Raises BadInput, which names the setting and where it was written.
    """
    from_file = _of_file(file) if file else {}
    from_environment = {
        name: environment[variable]
        for name in Settings.model_fields
        if (variable := PREFIX + name.upper()) in environment
    }
    given = {name: value for name, value in given.items() if value is not None}
    for name in from_file:
        if name not in Settings.model_fields:
            raise BadInput(f"{file}: {name!r} is no setting{_nearest(name)}; {GUIDE}")
    try:
        return Settings.model_validate({**from_file, **from_environment, **given})
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        place = PREFIX + name.upper() if name in from_environment else f"{file}: {name}" if name in from_file else name
        raise BadInput(f"{place}: {fault_words(fault)}; {GUIDE}") from error


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """What to say of variables that look like settings and are none."""
    settings = ELSEWHERE | {PREFIX + name.upper() for name in Settings.model_fields}
    return [
        f"{variable} is no setting{_nearest(variable.removeprefix(PREFIX).lower())}; {GUIDE}"
        for variable in sorted(environment)
        if variable.startswith(PREFIX) and variable not in settings
    ]


def _of_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"the settings in {file} cannot be read: {reason}") from error


def _nearest(name: str) -> str:
    nearest = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    return f"; did you mean {nearest[0]}" if nearest else ""

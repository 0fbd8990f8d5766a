"""The encoder of a build."""

from collections.abc import Callable

from search.artefact.reading import Artefact
from search.encoders.base import Encoder
from search.encoders.catalogue import open_encoder
from search.encoders.onnx import OnnxEncoder
from search.errors import UnknownEncoder, UnusableEncoder


def built_encoder(artefact: Artefact, *, open_encoder: Callable[[str], Encoder] = open_encoder) -> Encoder:
    """The encoder that made the vectors of `artefact`: as exported into it, else opened by its name.

    Raises UnusableEncoder where it is not here, or is here in another revision.
    """
    identity = artefact.manifest.encoder
    if artefact.encoder_folder is not None:
        return OnnxEncoder(artefact.encoder_folder, spec=identity.spec, revision=identity.revision)
    try:
        encoder = open_encoder(identity.spec)
    except UnknownEncoder as error:
        raise UnusableEncoder(
            f"the index was built with the encoder {identity.spec}, which is not here; put it there, or build again "
            "with: trialkin rebuild-index"
        ) from error
    if encoder.revision != identity.revision:
        raise UnusableEncoder(
            f"the index was built with {identity.spec} of revision {identity.revision}, here it is of revision "
            f"{encoder.revision}; install the former, or build again with: trialkin rebuild-index"
        )
    return encoder

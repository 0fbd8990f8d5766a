"""The yardstick: FastAPI and nothing else, answering with constant JSON of a given size."""

import os
import socket

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from uvicorn.supervisors import Multiprocess


def bare_app() -> FastAPI:
    """One route, whose answer has SIZE bytes."""
    size = int(os.environ["SIZE"])
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    answer = {"filling": "x" * (size - len('{"filling":""}'))}

    @app.get("/{path:path}")
    async def constant(path: str) -> JSONResponse:  # noqa: ARG001 - whatever is asked
        return JSONResponse(answer)

    return app


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as trialkin serve does
    config = uvicorn.Config(
        bare_app, factory=True, workers=int(os.environ["WORKERS"]), log_level="error", access_log=False, http="h11"
    )
    if config.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])

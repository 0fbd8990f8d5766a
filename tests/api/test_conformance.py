"""Whatever can be asked by the OpenAPI schema, and against it, is answered as the schema says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api.app import create_app
from api.engine_slot import EngineSlot
from api.settings import Settings
from search.engine import SearchEngine

# The schema is read when this file is imported, long before there is an index; the engine is put in afterwards.
APP = create_app(None, Settings())
# Whether a text is an identifier shows when it is looked up, not in its form: a secondary id can be anything.
# Nor does a schema say that a question needs a trial or a text.
LOOKED_UP = {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422"]}}}
CONFIG = schemathesis.Config.from_dict(
    {
        "operations": [{"include-path-regex": "trial_id|trials|similar", **LOOKED_UP}],
        "generation": {"allow-x00": False},  # refused everywhere, which no schema says of every text
    }
)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP, config=CONFIG)


@pytest.fixture(autouse=True)
def _on_the_seeds(seeds_engine: SearchEngine) -> None:
    APP.state.engine = EngineSlot(seeds_engine, Settings())


@SCHEMA.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_schema_says(case):
    case.call_and_validate()


def test_where_an_answer_leads_is_answered_as_the_schema_says_too():
    """By the links of the schema: from a list to a trial of it, its own list and its feed."""
    found = set()

    class Links(SCHEMA.as_state_machine()):
        def after_call(self, response, case):
            if response.status_code == 200:
                found.add(case.operation.path)
            super().after_call(response, case)

    Links.run(
        settings=settings(
            max_examples=20,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )
    assert len(found & {"/similar/{trial_id}", "/trials/{trial_id}", "/similar/{trial_id}/feed"}) > 1, found

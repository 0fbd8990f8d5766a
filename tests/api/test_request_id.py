"""Every answer names its request."""

import re

import pytest


@pytest.mark.parametrize("path", ["/version", "/none", "/trials/foo", "/docs"])
def test_the_clients_own_id_is_given_back(client, path):
    response = client.get(path, headers={"X-Request-ID": "req-2026.11_22~a"})
    assert response.headers["x-request-id"] == "req-2026.11_22~a"


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "a\tb", "<script>", "id;drop"])
def test_another_is_made_where_there_is_none_or_it_is_not_well_formed(client, given):
    headers = {} if given is None else {"X-Request-ID": given}
    ids = {client.get("/health/live", headers=headers).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", made) for made in ids)

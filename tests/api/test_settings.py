"""What an operator can set, where, and what is said of what cannot be used."""

import re

import pytest

from api.settings import ELSEWHERE, Settings, read_settings, unknown_variables
from search.errors import BadInput
from tests.readme import ROOT

GUIDE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path):
    """A TOML file that sets two things."""
    path = tmp_path / "trialkin.toml"
    path.write_text('max_age = 5\ncors_origins = ["https://a.example"]\n')
    return path


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(file):
    environment = {"TRIALKIN_MAX_AGE": "6", "TRIALKIN_PORT": "9000", "OTHER": "x"}
    settings = read_settings(file, environment, port=9001, host=None)
    assert (settings.max_age, settings.port, settings.cors_origins) == (6, 9001, ("https://a.example",))
    assert read_settings(None, {}) == Settings()


def test_a_list_in_a_variable_is_separated_by_commas():
    environment = {"TRIALKIN_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16", "TRIALKIN_CORS_ORIGINS": ""}
    settings = read_settings(None, environment)
    assert (settings.trusted_proxies, settings.cors_origins) == (("10.0.0.7", "10.1.0.0/16"), ())


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("MAX_AGE", "soon", "Input should be a valid integer, unable to parse string as an integer"),
        ("WORKERS", "0", "Input should be greater than or equal to 1"),
        ("RATE_LIMIT", "many", "'many' is no rate; write 60/minute, or 10/second; 1000/hour"),
        ("RATE_LIMIT_STORAGE", "disk", "'disk' is no storage; write memory:// or redis://host:6379"),
        ("TRUSTED_PROXIES", "gateway", "'gateway' is no address and no network; write 10.0.0.7 or 10.0.0.0/8"),
        ("METRICS", "some", "Input should be 'public', 'key' or 'off'"),
        ("ADMIN_KEY", "short", "5 characters are given; at least 16 must be"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(variable, value, reason):
    with pytest.raises(BadInput) as refused:
        read_settings(None, {f"TRIALKIN_{variable}": value})
    assert str(refused.value) == f"TRIALKIN_{variable}: {reason}; docs/operations.md lists the settings"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_age = -1", "{}: max_age: Input should be greater than or equal to 0; "),
        ("max_aeg = 1", "{}: 'max_aeg' is no setting; did you mean max_age; "),
        ("max_age = ", "the settings in {} cannot be read: Invalid value (at end of document)"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_that_of_the_setting(file, text, said):
    file.write_text(text)
    with pytest.raises(BadInput) as refused:
        read_settings(file, {})
    assert str(refused.value).startswith(said.format(file))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"the settings in .*none\.toml cannot be read: No such file or directory"):
        read_settings(tmp_path / "none.toml", {})


def test_a_variable_that_is_no_setting_is_spoken_of_with_the_nearest():
    environment = {"TRIALKIN_MAX_AEG": "1", "TRIALKIN_MAX_AGE": "1", "PATH": "", **dict.fromkeys(ELSEWHERE, "")}
    assert unknown_variables(environment) == [
        "TRIALKIN_MAX_AEG is no setting; did you mean max_age; docs/operations.md lists the settings"
    ]


def test_the_key_is_not_shown():
    assert "secret" not in repr(Settings(admin_key="secret" * 4))


def test_every_setting_is_in_the_guide_with_its_default_and_in_its_words():
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", GUIDE, flags=re.MULTILINE))
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        shown = str(default).lower() if isinstance(default, bool) else shown
        expected[name] = f"{f'`{shown}`' if default not in (None, ()) else 'none'} | {field.description}"
    assert {name: row for name, row in expected.items() if table.get(name) != row} == {}

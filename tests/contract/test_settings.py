import pytest

from contract.settings_files import DEFAULTS, SettingsError, load_settings


def write(tmp_path, text):
    path = tmp_path / "my.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_is_complete():
    assert load_settings().device.page.port == 8080


def test_a_users_file_changes_only_what_it_says(tmp_path):
    settings = load_settings(write(tmp_path, "[device.page]\nport = 9000\n"))
    assert settings.device.page.port == 9000
    assert settings.device.page.host == load_settings().device.page.host


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[device]\nbundel = 'x'\n", "device.bundel: unknown setting"),
        ("[device]\nfps = 'fast'\n", "device.fps: 'fast' (expected"),
        ("[device.page]\nport = 70000\n", "device.page.port: 70000 (expected"),
        ("device = 3\n", "device: 3 ("),
        ("[device\n", "expected TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(tmp_path, text, expected):
    with pytest.raises(SettingsError) as refusal:
        load_settings(write(tmp_path, text))
    assert expected in str(refusal.value)
    assert "my.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="expected a readable settings file"):
        load_settings(tmp_path / "none.toml")


def test_every_setting_says_why_it_is_so():
    for number, line in enumerate(DEFAULTS.read_text().splitlines(), 1):
        if "=" in line.split("#")[0]:
            assert "#" in line, f"{DEFAULTS.name}:{number} has no reason"

import tomllib

import pytest

from contract.settings import DeviceSettings
from contract.settings_files import SettingsError, load_settings, read_values
from device.settings.book import SettingsBook
from device.settings.layers import find_value, list_defaults
from device.settings.page import CHANGEABLE, PAGE_SETTINGS, read_page_settings


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        f'[device]\ndata_dir = "{tmp_path}"\nfps = 7.0\noperator = "file"\n[device.counting]\ntarget = 300\n'
    )
    return file


def test_command_line_goes_before_page_before_file_before_default(config, tmp_path):
    book = SettingsBook(config, {"operator": "typed", "camera": None})
    book.change({"device.operator": "page", "device.fps": 5.0, "device.page.jpeg_quality": 70}, tmp_path)
    layered = book.read()
    found = {
        key: (find_value(layered.settings.model_dump(), key), layered.origins.get(key, "default"))
        for key in (
            "device.operator",
            "device.fps",
            "device.page.jpeg_quality",
            "device.counting.target",
            "device.camera",
        )
    }
    assert found == {
        "device.operator": ("typed", "command line"),
        "device.fps": (5.0, "page"),
        "device.page.jpeg_quality": (70, "page"),
        "device.counting.target": (300, "file"),
        "device.camera": ("simulated", "default"),
    }


def test_a_change_can_be_taken_back(config, tmp_path):
    book = SettingsBook(config)
    book.change({"device.fps": 5, "device.counting.target": 200}, tmp_path)
    assert book.find("device.counting.target", 300) == 200
    book.change({"device.fps": None, "device.counting.target": None}, tmp_path)
    assert book.find("device.counting.target", 100) == 300
    assert book.read().settings.device.fps == 7.0
    assert read_page_settings(tmp_path) == {}


WRONG = {
    "path": {"device.data_dir": "/etc"},
    "host": {"device.page.host": "0.0.0.0"},
    "password file": {"device.page.password_file": "/tmp/x"},
    "tuning file": {"device.sensor.tuning_file": "/etc/passwd"},
    "replay": {"device.camera": "replay:/etc"},
    "address": {"device.camera": "replay:http://evil.example/"},
    "device path": {"device.camera": "usb:/dev/mem"},
    "unknown": {"device.nothing": 1},
    "not the device's": {"lab.batch_rows": 5},
    "kind": {"device.fps": "fast"},
    "range": {"device.counting.target": 0},
    "half": {"device.sensor.width_px": 640},
    "two lines": {"device.operator": "a\nb"},
    "long": {"device.name": "a" * 65},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_changes_nothing_not_even_what_would(config, tmp_path, what):
    book = SettingsBook(config)
    book.change({"device.fps": 5.0}, tmp_path)
    before = (tmp_path / PAGE_SETTINGS).read_bytes()
    with pytest.raises(SettingsError, match="expected"):
        book.change({"device.page.jpeg_quality": 60} | WRONG[what], tmp_path)
    assert (tmp_path / PAGE_SETTINGS).read_bytes() == before
    assert book.read().settings.device.page.jpeg_quality == 85


@pytest.mark.parametrize(
    "text", ['[device.page]\nhost = "0.0.0.0"\n', "[device]\nfps = 0.1.2\n", "[device]\nfps = -1\n"]
)
def test_a_damaged_file_of_the_page_is_refused_and_named(config, tmp_path, text):
    (tmp_path / PAGE_SETTINGS).write_text(text)
    with pytest.raises(SettingsError, match=PAGE_SETTINGS):
        SettingsBook(config).read()


def test_texts_of_any_script_come_back_as_they_were(config, tmp_path):
    wanted = 'Mikroskop "1" \\ µ 血 \x7f'.replace("\x7f", "")
    book = SettingsBook(config)
    book.change({"device.name": wanted}, tmp_path)
    assert tomllib.loads((tmp_path / PAGE_SETTINGS).read_text())["device"]["name"] == wanted
    assert book.read().settings.device.name == wanted


def test_only_numbers_choices_and_three_texts_are_changed_on_the_page():
    schema = DeviceSettings.model_json_schema()
    texts = set()
    for key in CHANGEABLE:
        part = schema
        for name in key.split(".")[1:]:
            part = part["properties"][name]
            part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if part["type"] == "string" and "enum" not in part:
            texts.add(key)
    assert texts == {"device.name", "device.operator", "device.camera"}
    assert set(list_defaults()) >= CHANGEABLE


def test_files_are_laid_over_each_other_in_order(config, tmp_path):
    above = tmp_path / "above.toml"
    above.write_text("[device]\nfps = 9.0\n")
    assert load_settings(config, None, above).device.fps == 9.0
    assert load_settings(above, config).device.fps == 7.0
    assert read_values(above) == {"device.fps": 9.0}

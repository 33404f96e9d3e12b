from contract.settings_files import DEFAULTS, read_values
from contract.settings_text import read_texts


def test_every_setting_of_the_device_says_why_it_is_as_it_is():
    texts = read_texts()
    silent = [key for key in read_values(DEFAULTS) if key.startswith("device.") and not texts[key]]
    # ranges of cell types share the sentence beside their section
    assert [key for key in silent if not key.startswith("device.reference.percent.")] == []


def test_a_hash_within_a_text_begins_no_comment(monkeypatch, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("[device]  # what\nname = \"a # b\"  # why # indeed\ncrop = [1, 2]  # four\nbare = 'x#y'\n")
    monkeypatch.setattr("contract.settings_text.DEFAULTS", file)
    assert read_texts.__wrapped__() == {
        "device": "what",
        "device.name": "why # indeed",
        "device.crop": "four",
        "device.bare": "",
    }

"""Whether this machine is ready: one line for each thing that a run needs."""

import sys
from collections.abc import Callable
from pathlib import Path

from contract.bundle import load_bundle
from contract.failures import Refusal
from contract.settings import Settings
from device.bundles.choice import choose_bundle
from device.cameras.measuring import describe_camera, describe_light, measure_camera
from device.cameras.opening import open_source
from device.cameras.source import Source
from device.data_dir import check_data_dir
from device.network.classifier import Classifier
from device.optics.loading import load_optics
from device.page.server import listen


def check_device(settings: Settings) -> None:
    """Look at everything, say it in one line each, and end with the code of the first that is not ready.

    Args:
        settings: of the run that is meant.
    """
    exit_codes = [
        _tell("bundle", lambda: _check_bundle(settings)),
        _tell("data", lambda: _check_data(settings)),
        _tell("page", lambda: _check_page(settings)),
        *_check_camera(settings),
    ]
    sys.exit(next((code for code in exit_codes if code), 0))


def _tell(what: str, look: Callable[[], str]) -> int:
    try:
        found, code = f"ok   {look()}", 0
    except Refusal as refusal:
        found, code = f"NO   {refusal}", refusal.exit_code
    _say(what, found)
    return code


def _say(what: str, found: str) -> None:
    print(f"{what:<8}{found}", flush=True)


def _check_bundle(settings: Settings) -> str:
    device = settings.device
    choice = choose_bundle(device.bundle, Path(device.data_dir))
    bundle = load_bundle(choice.folder)
    with Classifier(bundle, device.threads) as classifier:
        test, off = classifier.self_test, classifier.self_test.whole
        slow = f"; SLOW: {classifier.slowness}" if classifier.slowness else ""
        return (
            f"{bundle.bundle_id} ({choice.why}): self-test passed ({test.inputs} inputs, {off.differing} of "
            f"{off.compared} outputs differ, by {off.largest_step} steps at most), {test.median_ms:.1f} ms for one "
            f"inference on {classifier.runtime}{slow}"
        )


def _check_data(settings: Settings) -> str:
    folder = Path(settings.device.data_dir)
    return f"{folder.absolute()}, {check_data_dir(folder, settings.device.recorder.min_free_mb)} MB free"


def _check_page(settings: Settings) -> str:
    page = settings.device.page
    listen(page.host, page.port).close()
    return f"{page.host}:{page.port} is free"


def _check_camera(settings: Settings) -> list[int]:
    device = settings.device
    try:
        with open_source(device.camera, settings) as source:
            shots, rate = measure_camera(source, device)
            _say("camera", f"ok   {describe_camera(source, shots, rate, device)}")
            _say("light", f"ok   {describe_light(shots)}")
            return [_tell("scale", lambda: _check_scale(settings, source))]
    except Refusal as refusal:
        _say("camera", f"NO   {refusal}")
        return [refusal.exit_code]


def _check_scale(settings: Settings, source: Source) -> str:
    optics = load_optics(Path(settings.device.data_dir), source, settings.device.um_per_px)
    return f"{optics.setting.um_per_px:.4g} um per pixel"

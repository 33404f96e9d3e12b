"""How a bundle is installed: gathered and tried out of sight, then named, then made active, then older ones go."""

import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path

from contract.bundle import Bundle, load_bundle
from contract.failures import Refusal
from device.bundles.gather import gather
from device.bundles.history import read_history, walk_back
from device.bundles.home import INCOMING, OUTGOING, hand_over, open_home, sync_files, sync_folder
from device.bundles.shelf import find_installed
from device.bundles.switch import Tell, find_previous, make_active
from device.bundles.trial import try_out

KEPT = 3
"""Installed bundles that stay; one is some megabytes, and beyond three nobody remembers what was good about it."""

log = logging.getLogger(__name__)


class InstallError(Refusal):
    """What was to be installed is no bundle that works on this machine; what ran goes on running. Get it again."""

    exit_code = 3


def install_bundle(
    source: Path, data_dir: Path, *, threads: int = 0, activate: bool = True, named: str = "", tell: Tell = log.info
) -> Bundle:
    """Install a bundle and make it the active one; a cut of power at any moment leaves the old one running.

    Args:
        source: a bundle's folder, or a zip archive of one.
        data_dir: the device's data folder.
        threads: of the self-test; 0: one for each core.
        activate: whether it becomes the active one.
        named: bundle that the settings name, which therefore stays; empty: none.
        tell: takes a line for each thing that is done.

    Returns:
        The bundle as it lies installed.

    Raises:
        InstallError: it is broken, or fails its self-test here; nothing has changed.
        GatherError: the source cannot be read or holds what no bundle holds; nothing has changed.
        HomeError: the data folder cannot be written, or another installation goes on.
    """
    with open_home(data_dir) as home:
        incoming = home / INCOMING
        gather(source, incoming)
        bundle = _examine(source, incoming, threads)
        for path in (incoming, *incoming.iterdir()):
            hand_over(path, data_dir)
        sync_files(incoming)
        installed = replace(bundle, folder=_put_in_place(incoming, home / bundle.bundle_id))
        tell(f"installed: {bundle.bundle_id} in {home}")
        if activate:
            make_active(bundle.bundle_id, data_dir, "install", tell)
        _remove_older(data_dir, {bundle.bundle_id, named}, tell)
    return installed


def _examine(source: Path, incoming: Path, threads: int) -> Bundle:
    try:
        bundle = load_bundle(incoming)
        try_out(bundle, threads)
    except Refusal as refusal:
        # the folder it was gathered in is gone when this line is read
        line = str(refusal).replace(f"{incoming}/", "").replace(f"{incoming}: ", "")
        raise InstallError(f"{source}: {line}") from refusal
    return bundle


def _put_in_place(incoming: Path, place: Path) -> Path:
    """Give a bundle its name; the same bundle that lies there stays if it is whole and goes if it is not."""
    if place.exists():
        try:
            load_bundle(place)
        except Refusal:
            place.rename(place.with_name(OUTGOING))
        else:
            os.utime(place)
            return place
    incoming.rename(place)
    sync_folder(place.parent)
    return place


def _remove_older(data_dir: Path, needed: set[str], tell: Tell) -> None:
    needed |= {walk_back(read_history(data_dir))[0], find_previous(data_dir) or ""}
    for old in find_installed(data_dir)[KEPT:]:
        if old.name not in needed:
            old.folder.rename(old.folder.with_name(OUTGOING))
            shutil.rmtree(old.folder.with_name(OUTGOING))
            tell(f"removed: {old.name}, installed {old.installed_at:%Y-%m-%d} (the last {KEPT} are kept)")

"""What the page is handed: the parts of the running program that it shows or moves."""

from dataclasses import dataclass

from contract.bundle import Bundle
from contract.settings import DeviceSettings
from device.captures import Captures
from device.health import HealthBook
from device.latest import Latest
from device.records import Annotated
from device.slides import Slides
from device.store import Store


@dataclass(frozen=True, slots=True)
class Instrument:
    """The running program, as the page sees it; whoever opened the parts closes them after the page.

    Attributes:
        name: how this microscope is called.
        settings: of the device.
        bundle: the model in use.
        camera: name of the source.
        simulated: its pictures are drawn, not photographed.
        live: the newest annotated frame.
        health: how the live loop is doing.
        store: the records; the page reads through `store.readers`.
        slides: which slide is open.
        captures: keeps frames.
    """

    name: str
    settings: DeviceSettings
    bundle: Bundle
    camera: str
    simulated: bool
    live: Latest[Annotated]
    health: HealthBook
    store: Store
    slides: Slides
    captures: Captures

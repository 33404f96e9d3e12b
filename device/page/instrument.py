"""What the page is handed: the parts of the running program that it shows or moves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from contract.bundle import Bundle
from contract.settings import DeviceSettings
from device.drift.warning import DriftWatch
from device.keeping.captures import Captures
from device.keeping.pictures import Pictures
from device.keeping.slides import Slides
from device.keeping.store import Store
from device.loop.health import HealthBook
from device.loop.live import Live
from device.optics.setting import Optics
from device.settings.book import SettingsBook


@dataclass(frozen=True, slots=True)
class Instrument:
    """The running program, as the page sees it; whoever opened the parts closes them after the page.

    Attributes:
        name: how this microscope is called.
        settings: of the device, as it was started.
        bundle: the model in use.
        camera: name of the source.
        simulated: its pictures are drawn, not photographed.
        live: the newest frame, drawn for whoever looks.
        health: how the live loop is doing.
        store: the records; the page reads through `store.readers`.
        slides: which slide is open.
        captures: keeps frames.
        optics: how pictures are corrected and how large a pixel is; the page measures and sets both.
        pictures: of counted fields.
        drift: tells of a lamp that drifted.
        find_camera_trouble: says what is wrong with the camera now, or None.
        book: where settings come from, and what was changed on the page since the start.
    """

    name: str
    settings: DeviceSettings
    bundle: Bundle
    camera: str
    simulated: bool
    live: Live
    health: HealthBook
    store: Store
    slides: Slides
    captures: Captures
    optics: Optics
    pictures: Pictures
    drift: DriftWatch
    find_camera_trouble: Callable[[], str | None]
    book: SettingsBook = field(default_factory=SettingsBook)

    @property
    def operator(self) -> str:
        """Who counts where nobody says, as it stands now."""
        return str(self.book.find("device.operator", self.settings.operator))

    @property
    def target(self) -> int:
        """Cells of a differential where nobody says, as it stands now."""
        return int(self.book.find("device.counting.target", self.settings.counting.target))

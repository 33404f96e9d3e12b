"""What the lab has gathered so far, one line for each device."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from contract.tables import capture, cell, device, field, slide
from workstation.lab import sync_cursor


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """How far one device has come.

    Attributes:
        name: what the device is called.
        device_id: its id.
        last_seq: its newest record in the lab.
        synced_at: when that came.
        slides, fields, cells, captures: its records by kind.
    """

    name: str
    device_id: str
    last_seq: int
    synced_at: datetime
    slides: int
    fields: int
    cells: int
    captures: int


def read_status(lab: Engine) -> list[DeviceStatus]:
    """Say how far each device has come.

    Args:
        lab: the lab's database, open for reading.

    Returns:
        A status for each device, by name.
    """
    counts = [
        select(func.count()).select_from(table).where(table.c.device_id == device.c.id).scalar_subquery()
        for table in (slide, field, cell, capture)
    ]
    come = device.join(sync_cursor, device.c.id == sync_cursor.c.device_id)
    query = select(device.c.name, device.c.id, sync_cursor.c.last_seq, sync_cursor.c.synced_at, *counts)
    with lab.connect() as connection:
        return [DeviceStatus(*row) for row in connection.execute(query.select_from(come).order_by(device.c.name))]

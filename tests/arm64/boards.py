"""What a Raspberry Pi's processor tells of itself: the few files that the runtime reads, written out as stand-ins.

Under emulation a program sees the host's /proc/cpuinfo and /sys. The runtime's processor detection then reads of an
x86-64 what it asks of an arm64, and crashes, or finds nothing and does without XNNPACK.
"""

from dataclasses import dataclass
from pathlib import Path

CORES = 4


@dataclass(frozen=True, slots=True)
class Board:
    """One Raspberry Pi.

    Attributes:
        name: of the board.
        qemu_cpu: the same processor in QEMU's words.
        part, variant, revision: of the core, as Arm numbers them (MIDR_EL1).
        features: instruction sets as Linux names them; the Pi 4 has no dot product, the Pi 5 has.
        model: as the device tree names it.
        max_khz, min_khz: range of the clock.
    """

    name: str
    qemu_cpu: str
    part: int
    variant: int
    revision: int
    features: str
    model: str
    max_khz: int
    min_khz: int


PI_4 = Board(
    name="pi4",
    qemu_cpu="cortex-a72",
    part=0xD08,
    variant=0,
    revision=3,
    features="fp asimd evtstrm crc32 cpuid",
    model="Raspberry Pi 4 Model B Rev 1.4",
    max_khz=1_800_000,
    min_khz=600_000,
)
PI_5 = Board(
    name="pi5",
    qemu_cpu="cortex-a76",
    part=0xD0B,
    variant=4,
    revision=1,
    features="fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
    model="Raspberry Pi 5 Model B Rev 1.0",
    max_khz=2_400_000,
    min_khz=1_500_000,
)


def write_board(board: Board, folder: Path) -> Path:
    """Write what a board shows under /proc and /sys.

    Args:
        board: to be written.
        folder: made if need be; receives `cpuinfo` and `sys/`.

    Returns:
        The folder.
    """
    processors = folder / "sys" / "devices" / "system" / "cpu"
    every = f"0-{CORES - 1}"
    shown = {"possible": every, "present": every, "online": every, "kernel_max": str(CORES - 1)}
    for core in range(CORES):
        shown |= {f"cpu{core}/{name}": value for name, value in _describe_core(board, core, every).items()}
    for name, value in shown.items():
        path = processors / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value + "\n", encoding="ascii")
    (folder / "cpuinfo").write_text(_write_cpuinfo(board), encoding="ascii")
    return folder


def _describe_core(board: Board, core: int, every: str) -> dict[str, str]:
    return {
        "topology/core_id": str(core),
        "topology/physical_package_id": "0",
        "topology/cluster_id": "0",
        "topology/core_siblings_list": every,
        "topology/package_cpus_list": every,
        "cpufreq/cpuinfo_max_freq": str(board.max_khz),
        "cpufreq/cpuinfo_min_freq": str(board.min_khz),
    }


def _write_cpuinfo(board: Board) -> str:
    cores = [
        f"processor\t: {core}\n"
        "BogoMIPS\t: 108.00\n"
        f"Features\t: {board.features}\n"
        "CPU implementer\t: 0x41\n"  # Arm
        "CPU architecture: 8\n"
        f"CPU variant\t: 0x{board.variant:x}\n"
        f"CPU part\t: 0x{board.part:x}\n"
        f"CPU revision\t: {board.revision}\n"
        for core in range(CORES)
    ]
    return "\n".join([*cores, f"Model\t\t: {board.model}\n"])

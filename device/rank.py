"""Who goes first where threads compete for a core: the network, then what runs beside it, then what can wait."""

import os
import sys
import threading

BESIDE = 5
"""Of stages, recorder and page. With two cores, a viewer and pictures flat out the network waited for a core for a
tenth of its time without, a thirtieth so; with twice as much the stages before it came too late now and then."""

LATER = 10
"""Of pictures read for an upload: without a pause they cost the loop a third of its rate at 0, at 5 and 10 nothing that
showed. At 15 it once stood for seconds: a thread that gets no time cannot give back the interpreter's lock."""


def step_back(steps: int) -> None:
    """Let the calling thread, and those it starts, yield to others of the program; on Linux, where threads have ranks.

    Args:
        steps: of niceness behind the main thread, which runs the network; who is further behind stays there.

    Source: setpriority(2), section on threads.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        main, own = (os.getpriority(os.PRIO_PROCESS, one) for one in (os.getpid(), thread))
        os.setpriority(os.PRIO_PROCESS, thread, max(own, min(19, main + steps)))

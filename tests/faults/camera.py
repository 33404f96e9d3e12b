"""A camera on the network that misbehaves when told to: a real HTTP server with a real Motion JPEG stream."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUNDARY = "picture"


class MisbehavingCamera:
    """Serves numbered pictures; ``fault`` is one of `tests.faults.plan.EVENTS` or None."""

    def __init__(self, pictures, fps):
        self.pictures = pictures
        self.closed = threading.Event()
        self._interval_s = 1 / fps
        self._begun_s = time.monotonic()
        self._fault = None
        self._frozen = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.camera = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/stream.mjpg"

    @property
    def fault(self):
        return self._fault

    @fault.setter
    def fault(self, fault):
        self._frozen = self.number
        self._fault = fault

    @property
    def number(self):
        return int((time.monotonic() - self._begun_s) / self._interval_s) % 65536

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def part(self, fault):
        """One picture with its head, as the fault has it."""
        number = self._frozen if fault == "frozen" else self.number
        jpeg = self.pictures.jpeg(number)
        if fault == "black":
            jpeg = self.pictures.black()
        if fault == "wrong size":
            jpeg = self.pictures.small(number)
        length = len(jpeg)
        if fault == "truncated":
            jpeg = jpeg[: length * 2 // 3]
            length = len(jpeg) if number % 2 else length  # some cameras know that they cut, others do not
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
        return head.encode() + jpeg + b"\r\n"

    def wait(self):
        """Wait for the next picture to be due; True if the camera was taken away."""
        return self.closed.wait(self._interval_s - (time.monotonic() - self._begun_s) % self._interval_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        camera = self.server.camera
        while camera.fault == "stall" and not camera.closed.wait(0.05):
            pass
        if camera.fault == "disconnect":
            return
        try:
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            while not camera.wait():
                fault = camera.fault
                if fault == "disconnect":
                    return
                if fault != "stall":
                    self.wfile.write(camera.part(fault))
        except (ConnectionError, OSError):
            pass  # the reader went away, which is its right

    def log_message(self, *_):
        pass

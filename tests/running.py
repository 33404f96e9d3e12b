"""How tests start a program of the project and talk to its page, as a person would from outside."""

import json
import re
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager

PATIENCE_S = 60.0
_ADDRESS = re.compile(r"http://[\d.]+:\d+")


class Program:
    """A daemon in a process of its own, with what it prints and where its page is."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def text(self):
        return "\n".join(self.lines)

    def address(self, patience_s=PATIENCE_S):
        def find():
            assert self.process.poll() is None, self.text
            return _ADDRESS.search(self.text)

        return wait_for(find, "an address was printed", patience_s).group()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self.process.stdout.close()
        return code


@contextmanager
def started(command, **options):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    program = Program(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            program.stop()
        else:
            program._reader.join(PATIENCE_S)
            process.stdout.close()


def wait_for(condition, what, patience_s=PATIENCE_S):
    """Ask again and again until the answer is true; the answer is returned."""
    until = time.monotonic() + patience_s
    while not (answer := condition()):
        assert time.monotonic() < until, f"not within {patience_s:.0f} s: {what}"
        time.sleep(0.05)
    return answer


def get(address, path):
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return answer.read(), dict(answer.headers), answer.status


def get_json(address, path):
    return json.loads(get(address, path)[0])


def post_json(address, path, body):
    return _send_json("POST", address, path, body)


def put_json(address, path, body):
    return _send_json("PUT", address, path, body)


def _send_json(method, address, path, body):
    headers = {"Content-Type": "application/json", "X-Leukoscope": "test"}
    request = urllib.request.Request(address + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())

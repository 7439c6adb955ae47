#!/usr/bin/env python3
"""Sessions that come and go: soak_server.py PROGRAM CLIP MINUTES. Fails if the server's memory grows or processes stay."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

# MB that the server may grow from its first fifth to its last.
GROWTH = 16
# Sessions at once.
TOGETHER = 2


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return len(file.read().split())


def main():
    program, clip, minutes = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with tempfile.TemporaryDirectory() as config:
        command = [program, "serve", "--port", "0", "--config", config, "--sample", clip, "--max-sessions", str(TOGETHER)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            address, token = server.stdout.readline().strip().split("/#token=")
            failed = soak(server.pid, address, token, minutes)
        finally:
            server.terminate()
            server.wait()
    sys.exit(failed)


def soak(pid, address, token, minutes):
    def ask(method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
            kind = answer.headers.get_content_type()
        return json.loads(text) if kind == "application/json" else text

    sizes, sessions, read = [], 0, 0
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        source = {"source": {"kind": "upload", "id": "sample"}}
        ids = [ask("POST", "/sessions", source)["id"] for _ in range(TOGETHER)]
        # One is read to its end and taken out in every form, the others are left in the middle.
        while (info := ask("GET", f"/sessions/{ids[0]}"))["state"] not in ("ended", "failed"):
            time.sleep(0.2)
        if info["state"] == "failed":
            return f"a session failed: {info['reason']}"
        for form in ("jsonl", "csv", "parquet"):
            ask("GET", f"/sessions/{ids[0]}/records.{form}")
        read += info["frames-read"]
        for name in ids:
            ask("DELETE", f"/sessions/{name}")
        sessions += len(ids)
        sizes.append(resident(pid))
    fifth = max(1, len(sizes) // 5)
    first, last = (sorted(part)[len(part) // 2] for part in (sizes[:fifth], sizes[-fifth:]))
    left = children(pid)
    print(f"{sessions} sessions, {read} pictures: {first:.1f} MB in the first fifth, {last:.1f} MB in the last; {left} processes stay")
    if last - first > GROWTH:
        return f"the server grew by {last - first:.1f} MB"
    return "processes of sessions stay" if left else 0


main()

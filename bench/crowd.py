#!/usr/bin/env python3
"""Crowds at oiduna-serve's door, and how soon one client is answered meanwhile.

    bench/crowd.py URL [SECONDS of each crowd]

Prints, for no crowd and for each kind of one: how many requests were made one after the other, how many
of them were answered with 200, and how long that took.
"""

import http.client
import json
import socket
import sys
import time
import urllib.parse

HOST = b"Host: localhost\r\n"
CROWDS = (
    ("nobody else", 0, b""),
    ("256 silent connections", 256, b""),
    ("300 heads that do not end", 300, b"GET / HTTP/1.1\r\nX: "),
    ("8 slow uploads", 8, b"POST /playback/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n"
     + HOST + b"\r\n{"),
    ("64 listeners that do not read", 64, b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\n"),
)
REQUESTS = (("GET", "/playback/status", None), ("POST", "/playback/bpm", {"bpm": 120}), ("GET", "/health", None))


def ask(host, port, method, path, body):
    """(200 or what came instead, seconds), on a connection of its own."""
    begin = time.monotonic()
    try:
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, time.monotonic() - begin
    except OSError:
        return 0, time.monotonic() - begin


def measure(host, port, seconds):
    """What came of requests one after the other, so long."""
    answers, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        for request in REQUESTS:
            answers.append(ask(host, port, *request))
    return answers


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    print("%-30s %9s %9s %9s %9s %9s" % ("meanwhile", "requests", "answered", "p50 ms", "p99 ms", "most ms"))
    for name, n, data in CROWDS:
        crowd = []
        for _ in range(n):
            try:
                sock = socket.create_connection((url.hostname, url.port), timeout=5)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.sendall(data)
                crowd.append(sock)
            except OSError:
                break
        answers = measure(url.hostname, url.port, seconds)
        times = sorted(t * 1000 for _, t in answers)
        good = sum(status == 200 for status, _ in answers)
        print("%-30s %9d %9d %9.1f %9.1f %9.1f" % (name, len(answers), good, times[len(times) // 2],
                                                   times[int(len(times) * 0.99)], times[-1]))
        for sock in crowd:
            sock.close()
        time.sleep(0.5)


main()

"""/metrics in its three forms; Prometheus' own tool judges the text."""

import re
import shutil
import socket
import subprocess
import time

from serve import Server, Stream, eq, finish, ok, skip, wait_for

server = Server()
server.load()
wait_for(lambda: server.get("/metrics").get("ticks", 0) > 8)

status, headers, text = server.ask("GET", "/metrics")
eq(headers["Content-Type"], "application/json", "a program gets JSON")
document = server.get("/metrics")
eq(list(document)[:3], ["average_tick_time_ms", "max_tick_time_ms", "dropped_steps"], "the guide's three names come first")
for name in ("ticks events osc_packets osc_bytes osc_errors midi_messages midi_errors late_events agenda_high_water "
             "pending_note_offs uptime_s rss_bytes bpm tick_us lateness_us").split():
    ok(name in document, "the player's %s is there" % name)
ok(document["server"]["requests"] > 0, "so are the server's")

for kind, name in (("text/plain", "text"), ("application/openmetrics-text; version=1.0.0", "OpenMetrics")):
    status, headers, text = server.ask("GET", "/metrics", headers={"Accept": kind})
    text = text.decode()
    ok(headers["Content-Type"].startswith(kind.split(";")[0]), "%s is answered as such" % name)
    eq([l for l in text.splitlines() if not l.startswith(("# ", "oiduna_"))], [], "every line of %s is one of ours" % name)
    families = re.findall(r"^# TYPE (\S+) (\S+)", text, re.M)
    eq(len(families), len(set(families)), "no family comes twice")
    helped = re.findall(r"^# HELP (\S+) \S", text, re.M)
    eq(helped, [f for f, _ in families], "each is explained")
    for family, kind_of in families:
        samples = re.findall(r"^(%s\S*) (\S+)$" % re.escape(family), text, re.M)
        ok(samples and all(re.fullmatch(r"[-+]?[\d.]+(e[-+]\d+)?", value) for _, value in samples), "%s has numbers" % family, samples)
    for family in ("oiduna_tick_duration_seconds", "oiduna_lateness_seconds"):
        buckets = re.findall(r'^%s_bucket\{le="([^"]+)"\} (\d+)$' % family, text, re.M)
        bounds = [float(b) for b, _ in buckets]
        counts = [int(c) for _, c in buckets]
        ok(bounds == sorted(bounds) and bounds[-1] == float("inf"), "%s: bounds ascend to +Inf" % family, bounds)
        ok(counts == sorted(counts) and counts[-1] > 0, "%s: counts are cumulative" % family, counts)
        eq(int(re.search(r"^%s_count (\d+)$" % family, text, re.M).group(1)), counts[-1], "%s: the count is the last bucket" % family)
        ok(float(re.search(r"^%s_sum (\S+)$" % family, text, re.M).group(1)) > 0, "%s: there is a sum" % family)
    if name == "OpenMetrics":
        ok(text.endswith("# EOF\n"), "OpenMetrics ends with its mark")
        ok("# TYPE oiduna_ticks counter" in text and "\noiduna_ticks_total " in text, "a counter's family has no _total there")
        continue
    ok("# TYPE oiduna_ticks_total counter" in text, "a counter ends in _total")
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
        eq((done.returncode, done.stdout + done.stderr), (0, ""), "promtool has nothing to say")
    else:
        skip("promtool has nothing to say", "no promtool")
eq(server.ask("GET", "/metrics", headers={"Accept": "application/json, text/plain, */*"})[1]["Content-Type"], "application/json",
   "who names JSON first, as JavaScript's libraries do, gets it")
first = re.search(r"^oiduna_ticks_total (\d+)", text, re.M).group(1)
time.sleep(0.5)
second = re.search(r"^oiduna_ticks_total (\d+)", server.ask("GET", "/metrics", headers={"Accept": "text/plain"})[2].decode(), re.M).group(1)
ok(int(second) > int(first), "counters go on")

# ---- a scraper knows what the page knows ----
quiet = Server()
quiet.load()
text = quiet.ask("GET", "/metrics", headers={"Accept": "text/plain"})[2].decode()
for line in (r'oiduna_build_info\{version="[\d.]+"\} 1', "oiduna_playing 1", r'oiduna_enabled\{output="osc"\} 0', r'oiduna_connected\{output="osc"\} 0',
             r'oiduna_connected\{output="midi"\} 0', "oiduna_healthy 1",
             r'oiduna_http_request_duration_seconds_bucket\{method="POST",route="/playback/session",le="\+Inf"\} 1',
             r'oiduna_http_request_duration_seconds_count\{method="POST",route="/playback/start"\} 1'):
    ok(re.search("^%s$" % line, text, re.M), "there is " + line.replace("\\", ""), [l for l in text.splitlines() if line[:12] in l][:5])
ok('route="/tracks/' not in text, "of routes only those that were asked for")
quiet.get("/tracks/kick")
text = quiet.ask("GET", "/metrics", headers={"Accept": "text/plain"})[2].decode()
ok('route="/tracks/{track_id}"' in text and "kick" not in text, "by the route, not by what was asked for")
for accept, kind in (("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", "application/openmetrics-text"),
                     ("application/json, text/plain, */*", "application/json"), ("text/plain, */*", "text/plain"),
                     ("text/plain;q=0.2, application/json;q=0.9", "application/json"), ("*/*", "application/json"), ("image/png", "application/json")):
    eq(quiet.ask("GET", "/metrics", headers={"Accept": accept})[1]["Content-Type"].split(";")[0], kind, "%s gets %s" % (accept[:40], kind))
health = quiet.get("/health")["components"]
eq((health["osc"]["enabled"], health["midi"]["enabled"]), (False, False), "health tells what is not wanted from what is missing")
quiet.stop()

# ---- they are true ----
synth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
synth.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
synth.bind(("127.0.0.1", 0))
synth.settimeout(0.5)
server = Server("--osc", "127.0.0.1:%d" % synth.getsockname()[1], osc=True)


def classes():
    text = server.ask("GET", "/metrics", headers={"Accept": "text/plain"})[2].decode()
    return {c: int(n) for c, n in re.findall(r'^oiduna_http_requests_total\{status="(.xx)"\} (\d+)$', text, re.M)}


EVERY = {"environment": {"bpm": 999}, "tracks": {"a": {"params": {"s": "a"}}, "b": {"params": {"s": "b"}}},
         "sequences": {t: {"events": [{"step": s} for s in range(256)]} for t in "ab"}}
before, was = classes(), server.get("/metrics")["server"]
for method, path, body in (("POST", "/playback/session", EVERY), ("POST", "/playback/session", {**EVERY, "apply": {"timing": "now"}}),
                           ("POST", "/playback/session", {"environment": {"bpm": 0}}), ("POST", "/playback/session", "{"),
                           ("GET", "/nothing", None), ("PUT", "/playback/bpm", None), ("GET", "/tracks", None), ("OPTIONS", "/tracks", None)):
    server.ask(method, path, body)
after, now = classes(), server.get("/metrics")["server"]
eq({c: after[c] - before[c] for c in after}, {"2xx": 6, "3xx": 0, "4xx": 4, "5xx": 0}, "requests are counted by their class")
eq((now["sessions_accepted"] - was["sessions_accepted"], now["sessions_refused"] - was["sessions_refused"]), (2, 2), "sessions too")
eq((now["connections"], now["streams"], now["clients"]), (1, 0, 0), "there is one connection: this one")
listeners = [Stream(server) for _ in range(3)]
server.json("POST", "/session/clients/x/metadata", {})
eq([server.get("/metrics")["server"][k] for k in ("connections", "streams", "clients")], [4, 3, 1], "what is open is what is told")
server.json("POST", "/playback/start")
position = [listeners[0].until("position") for _ in range(200)][-1]
server.json("POST", "/playback/pause")
status = server.get("/playback/status")["position"]
server.json("POST", "/playback/bpm", {"bpm": 90})
heard = []
while True:
    try:
        heard.append(synth.recv(65536))
    except socket.timeout:
        break
steps = status["loop"] * 256 + status["step"] + 1
played = [d for d in heard if b"/dirt/play" in d]
figures = wait_for(lambda: (lambda m: m["ticks"] == steps and m)(server.get("/metrics")))
ok(figures, "ticks are the steps that were planned", (steps, server.get("/metrics")["ticks"]))
eq(server.get("/metrics")["events"], 2 * steps, "events are what they hold")
eq(sum(d.count(b"/dirt/play\0") for d in played), 2 * steps, "and what was heard")
eq((server.get("/metrics")["osc_packets"], server.get("/metrics")["osc_bytes"]), (len(played), sum(map(len, played))), "packets and bytes are those that came")
tick = server.get("/metrics")
ok(0 < tick["tick_histogram"][-1][1] <= steps, "what was timed are steps, or several at once", tick["tick_histogram"][-1])
eq((tick["dropped_steps"], tick["bpm"]), (0, 90), "none was dropped")
ok(tick["average_tick_time_ms"] <= tick["max_tick_time_ms"] and abs(tick["max_tick_time_ms"] * 1000 - tick["tick_us"]["max"]) < 1e-6,
   "the average is below the most", tick)
finish()

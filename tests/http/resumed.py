"""Whatever was changed, by whoever: a player that follows a killed one is as that was.

resumed.py [SEED [KILLS]]: changes that chance chooses, one after the other and by many clients at
once; after some of them the player is killed, and all that the server tells must be the same again.
"""

import http.client
import json
import os
import random
import signal
import sys
import threading
import time

from serve import Server, eq, finish, ok, wait_for

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 256
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
NAMES = "abcdef"
CLIENTS = 8
PATIENCE = 60


def session(chance, names, scenes=True):
    made = {
        "environment": {"bpm": chance.choice([300, 600, 999]), "swing": chance.choice([0, 0.5])},
        "tracks": {n: {"params": {"s": n + str(chance.randrange(9))}} for n in names},
        "sequences": {n: {"events": [{"step": i} for i in range(0, 256, chance.randrange(3, 90))]} for n in names},
        "tracks_midi": {"m": {"channel": chance.randrange(16)}} if chance.random() < 0.5 else {},
    }
    if scenes and chance.random() < 0.6:
        made["scenes"] = {"x": session(chance, chance.sample(NAMES, 2), False),
                          "y": session(chance, chance.sample(NAMES, 3), False)}
    return made


def a_session(chance, _track):
    return "POST", "/playback/session", {"data": session(chance, chance.sample(NAMES, 3)),
                                         "timing": chance.choice(["now", "beat", "bar"])}


def an_exclusive_apply(chance, _track):
    data = session(chance, chance.sample(NAMES, 2))
    data["apply"] = {"track_ids": chance.sample(NAMES + "m", 2)}
    return "POST", "/playback/session", {"data": data, "timing": chance.choice(["now", "beat", "bar"])}


def a_scene(chance, _track):
    return "POST", "/scene/activate", {"scene_id": chance.choice("xy"), "timing": chance.choice(["now", "bar"])}


def some_params(chance, track):
    params = {"velocity": chance.randrange(128)} if track == "m" else \
        {"gain": chance.randrange(100) / 50, "pan": chance.randrange(4) / 4}
    return "PATCH", "/playback/tracks/%s/params" % track, params


def a_mute(chance, track):
    return "POST", "/tracks/%s/mute" % track, {"muted": chance.random() < 0.5}


def a_solo(chance, track):
    return "POST", "/tracks/%s/solo" % track, {"solo": chance.random() < 0.5}


def an_environment(chance, _track):
    return "PATCH", "/playback/environment", {"bpm": chance.choice([300, 500, 999]), "swing": chance.choice([0, 0.25])}


def a_transport(chance, _track):
    return "POST", "/playback/" + chance.choice(["start", "start", "pause", "stop"]), None


def some_metadata(chance, _track):
    return "POST", "/session/clients/c%d/metadata" % chance.randrange(30), {"x": "y" * chance.randrange(60000)}


def one_less(chance, _track):
    return "DELETE", "/session/clients/c%d" % chance.randrange(30), None


def a_question(chance, _track):
    return "GET", chance.choice(["/session/clients", "/metrics", "/tracks", "/health"]), None


CHANGES = [a_session, an_exclusive_apply, an_exclusive_apply, a_scene, some_params, a_mute, a_solo, an_environment,
           a_transport]
ALL = CHANGES + [some_metadata, one_less, a_question]


def engine(server):
    return server.get("/health")["components"]["engine"]


def is_well(server):
    return server.json("GET", "/health")[0] == 200


def state(server):
    status = server.get("/playback/status")
    return {"tracks": server.get("/tracks")["tracks"],
            **{k: status[k] for k in ("scenes", "current_scene", "bpm", "swing", "default_gate", "playback_state")}}


def settle(server):
    return wait_for(lambda: is_well(server) and not server.get("/playback/changes/pending")["pending"], PATIENCE)


def difference(before, after):
    return {k: (before[k], after[k]) for k in before if before[k] != after[k]}


def kill(server):
    """What the next player does not have as the last one had it."""
    before, restarts = state(server), engine(server)["restarts"]
    os.kill(engine(server)["pid"], signal.SIGKILL)
    if not wait_for(lambda: is_well(server) and engine(server)["restarts"] > restarts, PATIENCE):
        return "there is no next player"
    wait_for(lambda: state(server) == before, 5)
    return difference(before, state(server))


def one_after_the_other():
    chance = random.Random(SEED)
    server = Server()
    server.load(session(chance, "abc"))
    done, wrong = [], {}
    for _ in range(KILLS):
        for _ in range(chance.randrange(1, 6)):
            tracks = [t["id"] for t in server.get("/tracks")["tracks"]] or ["a"]
            change = chance.choice(CHANGES)(chance, chance.choice(tracks))
            done.append((server.json(*change)[0], change))
            if chance.random() < 0.4:
                settle(server)
        settle(server)
        wrong = wrong or kill(server)
        if wrong:
            break
    eq(wrong, {}, "seed %d: after each of %d kills all is as it was" % (SEED, KILLS))
    for change in done[-12:] if wrong else []:
        print("#", json.dumps(change)[:300], flush=True)


def client(server, seed, ending, bad):
    chance = random.Random(seed)
    while not ending.is_set():
        change = chance.choice(ALL)(chance, chance.choice("abc"))
        try:
            status, _, text = server.ask(*change, timeout=PATIENCE)
            if text and not change[1].startswith("/metrics"):
                json.loads(text)
            if status == 500:
                bad.append((change[:2], text[:200]))
        except (OSError, ValueError, http.client.HTTPException) as error:
            bad.append((change[:2], repr(error)))


def disturb(pid, how):
    try:
        os.kill(pid, how)
        time.sleep(0.2)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:  # it has died already
        pass


def all_at_once():
    chance = random.Random(SEED)
    server = Server("--answer-timeout", "1", "--max-metadata", "64K")
    server.load(session(chance, "abc"))
    ending, bad = threading.Event(), []
    threads = [threading.Thread(target=client, args=(server, SEED + i, ending, bad)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        time.sleep(chance.random() / 2)
        pid = engine(server)["pid"]
        if pid:
            disturb(pid, chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP]))
    ending.set()
    for thread in threads:
        thread.join()
    eq(bad[:5], [], "seed %d: %d clients, and players that die and hang: each answer is whole, none is 500" % (
        SEED, CLIENTS))
    server.json("POST", "/playback/changes/cancel-all")
    ok(settle(server), "it comes to rest")
    eq(kill(server), {}, "and the next player is as the last one was")


one_after_the_other()
all_at_once()
finish()

"""POST /playback/command: what the control stream can."""

import os
import signal
import threading
import time

from serve import Server, eq, finish, ok, wait_for

server = Server()


def do(line, headers=None):
    return server.json("POST", "/playback/command", {"line": line}, headers)


eq(do("start")[0], 409, "there is nothing to start")
server.load()
status, answer = do("bpm 131.5")
eq((status, answer["status"], answer["command"]), (200, "ok", "bpm"), "a line is done and answered as the stream does")
ok({"step", "loop", "time"} <= set(answer["applies_at"]), "with where it holds from", answer)
eq(wait_for(lambda: server.get("/playback/status")["bpm"] == 131.5), True, "it holds")
eq(do("mute ha*")[1]["muted"], {"hat": True}, "a track is muted, by a pattern")
ok(all(do("solo *")[1]["solo"].values()) and not any(do("unsolo *")[1]["solo"].values()), "or all are switched")
eq([do(line)[0] for line in ("set hat speed 2", "reset hat speed", "set bass velocity 3", "reset bass")], [200] * 4, "what was set is reset")
eq(do('set "hat" gain 0.5 pan 0.75')[0], 200, "parameters are set")
eq([do(line)[1].get("value") for line in ("bpm +10", "bpm /=2", "bpm 131.5")], [141.5, 70.75, 131.5], "a number may be relative")
eq(do("set hat gain *=0.5 pan 0.75")[1]["values"], {"gain": 0.25, "pan": 0.75}, "that of a parameter, too")
status, answer = do("scene verse seq")
eq((status, answer["pending"], isinstance(answer["change"], str)), (200, True, True), "what waits has an id, a string")
status, answer = do("cancel")
eq((status, [type(c) for c in answer["cancelled"]]), (200, [str]), "and can be dropped")
eq(do("ping pong")[1]["word"], "pong", "further members are the command's own")
for line, status, code in (("mute nobody on", 404, "UNKNOWN_TRACK"), ("scene nowhere", 404, "UNKNOWN_SCENE"), ("cancel", 404, "NOTHING_PENDING")):
    got, answer = do(line)
    eq((got, answer["code"]), (status, code), "%s is %d with its code" % (line, status))
status, answer = do("at bar 9000 set hat gain 2 over 4 bars")
waits = answer.get("change")
eq((status, answer["pending"], isinstance(waits, str)), (200, True, True), "a line may have its time")
status, answer = do("pending")
eq((status, [(p["change"], p["text"], p["at"]) for p in answer["pending"]]),
   (200, [(waits, "set hat gain 2 over 4 bars", 144000)]), "what waits is listed")
eq(do("cancel %s" % waits)[1]["cancelled"], [waits], "and cancelled by its number")
eq((do("at bar 9001 bpm 99 over 2 beats")[0], len(do("cancel all")[1]["cancelled"])), (200, 1), "or all at once")
eq(do("pending")[1]["pending"], [], "then nothing waits")
do("stop")
eq((do("at +1 bar bpm 99")[0], do("at +1 bar bpm 99")[1]["code"]), (409, "NOT_PLAYING"), "what has nothing to count from is a conflict")
do("start")
for line in ("bpm 0", "bpm", "dance", 'mute "hat', "quit", "apply now", "#3 bpm 100", "bpm 100\nquit", "bpm 100\x00", "bpm 1\x0020", "", "   ", "x" * 66000):
    status, answer = do(line)
    eq(status, 422, "%r is refused" % line[:20])
    ok(isinstance(answer["detail"], list) and answer["detail"][0]["msg"], "and it is said why", answer)
eq(server.json("POST", "/playback/command", {"line": 3})[0], 422, "a line is a text")
eq(server.get("/playback/status")["bpm"], 131.5, "and nothing of it was done")

player = server.player()
os.kill(player, signal.SIGSTOP)
waits = []
asks = [threading.Thread(target=lambda: waits.append(server.ask("POST", "/playback/command", b'{"line":"ping"}', {"Content-Type": "application/json"}))) for _ in range(2)]
for ask in asks:
    ask.start()
time.sleep(0.3)
os.kill(player, signal.SIGKILL)
for ask in asks:
    ask.join()
eq([answer[0] for answer in waits], [503, 503], "what waits for a player that dies is answered")
ok(all(b"the player died" in str(answer).encode() for answer in waits), "... and told why", waits)
wait_for(lambda: server.get("/health")["components"]["engine"]["restarts"] == 1 and server.get("/health")["status"] == "ok")
hat = server.get("/tracks/hat")
eq((server.get("/playback/status")["bpm"], hat["muted"], hat["gain"], hat["pan"]), (131.5, True, 0.25, 0.75),
   "the next player knows what was said by lines, too")
eq([t["id"] for t in server.get("/tracks")["tracks"] if t["solo"]], [], "... and who is solo")
finish()

"""When a session takes over, in every form and place that is documented."""

import json

from serve import Server, eq, finish, ok, wait_for


def named(track, **more):
    return dict({"tracks": {track: {"params": {"s": track}}}, "sequences": {track: {"events": [{"step": 0}]}}}, **more)


server = Server()
server.load(named("first"))
server.json("POST", "/playback/bpm", {"bpm": 20})  # so that nothing takes over by itself meanwhile


def waits(body):
    """The timing under which it waits; None if it does not; else what was answered."""
    status, answer = server.json("POST", "/playback/session", body)
    if status != 200:
        return status, answer["detail"]
    if answer["change_id"] is None:
        return None
    found = [(c["apply_timing"], c["apply_at_step"]) for c in server.get("/playback/changes/pending")["pending"]]
    server.json("POST", "/playback/changes/cancel-all")
    return found[-1] if found else "nothing waits"


FORMS = (
    ("now", "now"), ("beat", "beat"), ("bar", "bar"), ("seq", "seq"), ("immediate", "now"),
    ({"type": "boundary", "unit": "seq"}, "seq"), ({"timing": "boundary", "unit": "beat"}, "beat"),
    ({"timing": "seq"}, "seq"), ({"type": "seq"}, "seq"),
    ({"type": "absolute", "step": 200}, 200), ({"timing": "absolute", "step": 199}, 199),
)
for form, wanted in FORMS:
    for place, body in (("timing beside data", {"data": named("a"), "timing": form}),
                        ("apply beside data", {"data": named("a"), "apply": form}),
                        ("apply in the session", named("a", apply=form)),
                        ("apply in a wrapped session", {"data": named("a", apply=form)})):
        got = waits(body)
        if wanted == "now":
            eq(got, None, "%s as %s: at once" % (place, json.dumps(form)))
        elif isinstance(wanted, int):
            eq(got and got[1], wanted, "%s as %s: at that step" % (place, json.dumps(form)))
        else:
            eq(got and got[0], wanted, "%s as %s" % (place, json.dumps(form)))
        if wanted == "now":
            server.json("POST", "/playback/bpm", {"bpm": 20})
eq(waits({"data": named("a"), "timing": None})[0], "bar", "null says nothing")
eq(waits({"data": named("a"), "timing": "seq", "client_id": "me", "live": "reset"})[0], "seq", "what else may stand beside data")

# ---- what cannot be meant is refused, with its place ----
for body, pointer in (({"data": named("a"), "timing": "sometime"}, "/timing"),
                      ({"data": named("a"), "apply": "sometime"}, "/apply"),
                      (named("a", apply="sometime"), "/apply"),
                      ({"data": named("a", apply="sometime")}, "/data/apply"),
                      ({"data": named("a"), "timing": {"type": "absolute", "step": 256}}, "/timing"),
                      ({"data": named("a"), "timing": {"type": "boundary", "unit": "week"}}, "/timing"),
                      ({"data": named("a"), "timing": {"type": "boundary", "unit": "bar", "step": 3}}, "/timing"),
                      ({"data": named("a"), "timing": {"unit": "bar"}}, "/timing"),
                      ({"data": named("a"), "timing": 3}, "/timing"),
                      ({"data": named("a"), "timing": "bar", "apply": "bar"}, "/apply"),
                      ({"data": named("a"), "timimg": "now"}, "/timimg"),
                      ({"data": named("a"), "live": "maybe"}, "/live")):
    status, detail = waits(body)
    eq((status, [f["pointer"] for f in detail]), (422, [pointer]), "%s is refused" % json.dumps(
        {k: v for k, v in body.items() if k not in ("data", "tracks", "sequences")} or body["data"]["apply"]))
    text = json.dumps(body)
    key = '"%s": ' % pointer.rsplit("/", 1)[1]
    ok(text.index(key) + 1 <= detail[0]["column"] <= text.index(key) + len(key) + 1, "and it is said where", detail)

# ---- the last word wins, by parts ----
def muted(body):
    server.json("POST", "/tracks/a/mute", {"muted": True})
    server.json("POST", "/playback/session", {"timing": "now", **body})
    track = [t for t in server.get("/tracks")["tracks"] if t["id"] == "a"][0]
    return track["muted"], track["muted_in_session"]


server.json("POST", "/playback/session", {"data": named("a"), "timing": "now"})
eq(muted({"data": named("a")}), (True, False), "a session that says nothing new of a mute leaves it")
eq(muted({"data": named("a"), "live": "keep"}), (True, False), "so if it is to keep what is live")
eq(muted({"data": named("a"), "live": "reset"}), (False, False), "one that resets does not")
reply = server.json("POST", "/playback/session", {"data": named("a"), "live": "keep", "timing": "now"})
eq((reply[0], reply[1]["warnings"]), (200, []), "keep is no matter of a warning")
server.json("POST", "/playback/session", {"data": named("a"), "live": "reset"})
server.json("POST", "/playback/changes/cancel-all")

# ---- an exclusive apply beside data ----
eq(server.json("POST", "/playback/session", {"data": dict(named("a"), tracks={"a": {"params": {"s": "x"}}, "b": {"params": {"s": "y"}}}),
                                             "apply": {"timing": "now", "track_ids": ["b"]}})[0], 200, "an apply with tracks beside data")
eq(wait_for(lambda: "b" in [t["id"] for t in server.get("/tracks")["tracks"]]), True, "brings them")
eq(sorted(t["id"] for t in server.get("/tracks")["tracks"]), ["a", "b"], "and leaves the others", )
status, answer = server.json("POST", "/playback/session", {"data": named("a"), "apply": {"timing": "now", "track_ids": 3}})
eq((status, answer["detail"][0]["pointer"]), (422, "/apply/track_ids"), "what is wrong in it has its place")
server.stop()
finish()

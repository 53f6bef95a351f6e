"""Uploads: names, sizes, broken forms."""

import fcntl
import os
import threading

from serve import BIN, TMP, Server, eq, finish, ok, skip, wait_for

server = Server("--max-body", "256K", "--max-assets", "300000")
WAVE = b"RIFF\x24\0\0\0WAVEfmt " + bytes(range(256)) * 4 + b"\r\n--x\r\n--"


def form(parts, boundary="xYzZy", end=True):
    body = b""
    for name, filename, content in parts:
        body += ("--%s\r\nContent-Disposition: form-data; name=\"%s\"" % (boundary, name)).encode()
        if filename is not None:
            body += b'; filename="' + (filename if isinstance(filename, bytes) else filename.encode()) + b'"'
        body += b"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
    return body + (("--%s--\r\n" % boundary).encode() if end else b"")


def post(path, body, kind="multipart/form-data; boundary=xYzZy"):
    return server.json("POST", path, body, {"Content-Type": kind})


def sample(filename, category="kicks", content=WAVE, tags=None):
    parts = [("file", filename, content), ("category", None, category if isinstance(category, bytes) else category.encode())]
    if tags is not None:
        parts.append(("tags", None, tags.encode()))
    return post("/assets/samples", form(parts))


eq(server.get("/assets/samples"), {"samples": {}, "categories": {}}, "at first there are no samples")
eq(server.get("/assets/synthdefs"), [], "and no SynthDefs")
status, answer = sample("my kick.wav", tags="808, deep ,")
eq((status, answer["status"], answer["filename"], answer["category"], answer["path"]),
   (200, "ok", "my kick.wav", "kicks", "/samples/kicks/my kick.wav"), "a sample is kept")
eq((answer["sample"]["tags"], answer["sample"]["size"]), (["808", "deep"], len(WAVE)), "with tags and size")
with open(os.path.join(server.assets, "samples/kicks/my kick.wav"), "rb") as file:
    eq(file.read(), WAVE, "to the byte")
eq(sample("caisse-é.FLAC", "snäres")[0], 200, "names may be UTF-8, extensions in capitals")
listed = server.get("/assets/samples")
eq(listed["samples"], {"kicks": ["my kick.wav"], "snäres": ["caisse-é.FLAC"]}, "both are listed")
eq(listed["categories"]["kicks"][0], answer["sample"], "with all that is known")
eq(sample("my kick.wav", content=b"new")[1]["sample"]["tags"], [], "another of the same name takes its place")
info = server.get("/assets/info")
eq((info["samples"]["total"], info["samples"]["categories"]), (2, {"kicks": 1, "snäres": 1}), "info counts")
eq(sorted(os.listdir(os.path.join(server.assets, "samples/kicks"))), ["my kick.wav"], "nothing is left beside")

for name in ("..", "../x.wav", "a/b.wav", "/etc/x.wav", ".hidden.wav", "bd:3.wav", "", "x" * 250 + ".wav",
             b"\xff.wav", b"a\x01b.wav"):
    status, answer = sample(name)
    eq(status, 400, "the name %.30r is refused" % (name,))
for name in ("..", ".", "../kicks", "a/b", "/etc", ".hidden", "bd:3", "", b"\xff", "x" * 300, b"a\0b"):
    eq(sample("ok.wav", name)[0], 400, "the category %.30r is refused" % (name,))
eq(sample("a\0b.wav")[0], 400, "a NUL in a name is refused")
for name in ("kick.exe", "kick", "kick.wav.sh", "kick."):
    status, answer = sample(name)
    ok(status == 400 and "Invalid file type" in answer["detail"], "%s is no sound" % name, answer)
eq(sorted(n for n in os.listdir(server.assets) if n[0] != "."), ["metadata.json", "samples"], "none of it left the folder")
for name, kept in (("C:\\Users\\x\\windows.wav", "windows.wav"), ("say \\\"hi\\\".wav", 'say "hi".wav')):
    status, answer = sample(name, "named")
    eq((status, answer.get("filename")), (200, kept), "%s is kept as %s" % (name, kept))
for name in os.listdir(os.path.join(server.assets, "samples/named")):
    os.remove(os.path.join(server.assets, "samples/named", name))
os.rmdir(os.path.join(server.assets, "samples/named"))

for path in ("/assets/samples/kicks/..%2F..%2Fmetadata.json", "/assets/samples/..%2F/metadata.json",
             "/assets/samples/%2e%2e/x.wav", "/assets/samples/kicks/../../metadata.json", "/assets/samples/kicks/none.wav",
             "/assets/samples/none/my%20kick.wav", "/assets/samples/kicks/.hidden.wav", "/assets/samples//etc",
             "/assets/synthdefs/..%2Fmetadata.json", "/assets/synthdefs/none"):
    eq(server.ask("DELETE", path)[0], 404, "DELETE %s removes nothing" % path)
eq(server.ask("DELETE", "/assets/samples/kicks/a%00.wav")[0], 400, "nor does a NUL")
ok(os.path.exists(os.path.join(server.assets, "metadata.json")), "what lies beside is there")
eq(server.json("DELETE", "/assets/samples/kicks/my%20kick.wav"),
   (200, {"status": "ok", "deleted": "kicks/my kick.wav"}), "a sample can be removed")
ok(not os.path.exists(os.path.join(server.assets, "samples/kicks")), "its category with it, if it was the last")

# ---- SynthDefs ----
status, answer = post("/assets/synthdefs", form([("file", "acid.scd", b"SynthDef(\\acid)")]))
eq((status, answer["filename"], answer["path"]), (200, "acid.scd", "/synthdefs/acid.scd"), "a SynthDef is kept")
status, answer = post("/assets/synthdefs", form([("file", "x.scsyndef", b"SCgf"), ("name", None, b"lead")]))
eq((status, answer["name"]), (200, "lead"), "under another name if one is given")
eq(post("/assets/synthdefs", form([("file", "x.scd", b""), ("name", None, b"../x")]))[0], 400, "but not any name")
eq(post("/assets/synthdefs", form([("file", "x.wav", b"")]))[0], 400, "and no sound")
eq([s["name"] for s in server.get("/assets/synthdefs")], ["acid.scd", "lead.scsyndef"], "both are listed")
eq(server.json("DELETE", "/assets/synthdefs/acid"), (200, {"status": "ok", "deleted": "acid.scd"}), "removed without extension too")

# ---- forms ----
good = form([("file", "a.wav", WAVE), ("category", None, b"kicks")])
for name, body, kind in [
    ("no boundary", good, "multipart/form-data"),
    ("an empty boundary", good, "multipart/form-data; boundary="),
    ("a boundary of 71 characters", good, "multipart/form-data; boundary=" + "b" * 71),
    ("a boundary of 1 MB in the body", b"--" + b"x" * 200000, "multipart/form-data; boundary=xYzZy"),
    ("another boundary", good, "multipart/form-data; boundary=other"),
    ("no last boundary", form([("file", "a.wav", WAVE)], end=False), "multipart/form-data; boundary=xYzZy"),
    ("half of it", good[:len(good) // 2], "multipart/form-data; boundary=xYzZy"),
    ("an open quote", good.replace(b'filename="a.wav"', b'filename="a.wav'), "multipart/form-data; boundary=xYzZy"),
    ("a part without a name", good.replace(b'; name="file"', b""), "multipart/form-data; boundary=xYzZy"),
    ("a part without a head", b"--xYzZy\r\nhello\r\n--xYzZy--\r\n", "multipart/form-data; boundary=xYzZy"),
    ("more than 8 parts", form([("a%d" % i, None, b"") for i in range(9)]), "multipart/form-data; boundary=xYzZy"),
    ("a file without a name", form([("file", None, WAVE), ("category", None, b"k")]), "multipart/form-data; boundary=xYzZy"),
]:
    status, answer = post("/assets/samples", body, kind)
    eq(status, 400, "a form with %s is refused" % name)
eq(server.ask("POST", "/assets/samples", good, {"Content-Type": "multipart/form-data; boundary=" + "b" * 20000})[0], 431,
   "a boundary of 20 kB does not even fit the head")
status, answer = post("/assets/samples", form([("file", "a.wav", WAVE)]))
eq((status, answer["detail"][0]["loc"]), (422, ["body", "category"]), "a category is asked for")
status, answer = post("/assets/samples", form([("category", None, b"kicks")]))
eq((status, answer["detail"][0]["loc"]), (422, ["body", "file"]), "and a file")
eq(server.ask("POST", "/assets/samples", b"{}", {"Content-Type": "application/json"})[0], 415, "JSON is no form")
eq(post("/assets/samples", b"pre\r\n" + good + b"post")[0], 200, "text around the parts is skipped")
eq(post("/assets/samples", good.replace(b"xYzZy", b"a b"), 'multipart/form-data; boundary="a b"')[0], 200, "a quoted boundary is understood")
eq(sample("zero.wav", content=b"")[1]["sample"]["size"], 0, "a file may be empty")

# ---- room ----
status, answer = sample("big.wav", content=b"x" * 262144)
ok(status == 413 and "too large" in answer["detail"], "a file over the limit is too large", answer)
eq(sample("one.wav", content=b"x" * 200000)[0], 200, "a large one fits")
eq(sample("two.wav", content=b"x" * 200000)[0], 507, "a second does not: all together are bounded")
eq(sample("one.wav", content=b"y" * 210000)[0], 200, "but it may take the place of the first")
if os.geteuid() == 0:
    skip("a folder that cannot be written to is a 500", "root may write everywhere")
else:
    os.chmod(server.assets + "/samples", 0o500)
    eq(sample("three.wav")[0], 500, "a folder that cannot be written to is a 500")
    os.chmod(server.assets + "/samples", 0o700)
# ---- tags that cannot be written ----
server = Server()
eq(sample("kick.wav", content=b"old")[0], 200, "a sample is kept without tags")
os.mkdir(server.assets + "/metadata.json")
status, answer = sample("kick.wav", content=b"new!", tags="deep")
ok(status == 500 and "cannot be stored" in answer["detail"], "another cannot have its tags", answer)
eq([s["size"] for s in server.get("/assets/samples")["categories"]["kicks"]], [3], "and does not take its place")
eq(sorted(os.listdir(server.assets + "/samples/kicks")), ["kick.wav"], "nothing is left beside")
os.makedirs(server.assets + "/samples/kicks/folder.wav")
status, answer = server.json("DELETE", "/assets/samples/kicks/folder.wav")
ok(status == 500 and "cannot be removed" in answer["detail"], "a folder is not removed", answer)
eq(server.get("/health")["status"], "ok", "and the server lives")

# ---- tags that cannot be read ----
notes = os.path.join(server.assets, "metadata.json")
server = Server()
notes = os.path.join(server.assets, "metadata.json")
eq(sample("a.wav", tags="one")[0], 200, "a tag is kept")
with open(notes, "w") as file:
    file.write('{"samples/kicks/a.wav": {"tags": ["one"')
status, answer = sample("b.wav", tags="two")
eq((status, answer["sample"]["tags"]), (200, ["two"]), "broken tags hold up nobody")
with open(notes + ".broken-1") as file:
    ok('"one"' in file.read(), "but they are kept aside")
ok("metadata.json is broken" in server.said() and "broken-1" in server.said(), "and that is said", server.said())
eq(os.getuid() == 0 or os.chmod(notes, 0) or sample("c.wav", tags="three")[0] in (500, 507), True, "what may not be read is not written anew")
os.rename(notes, notes + ".away")
os.mkdir(notes)
ok(sample("c.wav", tags="three")[0] in (500, 507), "nor what is no file")
os.rmdir(notes)
os.rename(notes + ".away", notes)

# ---- on the disk before it has its name ----
order = os.path.join(TMP, "order")
preload = os.path.abspath(os.path.join(BIN, "tests/preload/ordered.so"))
if os.environ.get("EMULATOR"):
    skip("the order of what goes to the disk", "an emulated program takes no LD_PRELOAD")
else:
    kept = server
    server = Server(env={"LD_PRELOAD": preload, "OIDUNA_TEST_ORDER": order,
                         "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    open(order, "w").close()
    eq(sample("a.wav", tags="one")[0], 200, "a sample with a tag is kept")
    with open(order) as file:
        eq(file.read().split(), ["fsync", "fsync", "rename", "rename"], "it and the tags are on the disk before they have their names")
    server.stop()
    server = kept

# ---- two servers, one folder ----
other = Server("--assets", server.assets)
threads = [threading.Thread(target=lambda on, n: on.ask("POST", "/assets/samples", form(
    [("file", "%d.wav" % n, b"x"), ("category", None, b"both"), ("tags", None, b"t%d" % n)]),
    {"Content-Type": "multipart/form-data; boundary=xYzZy"}), args=((server, other)[n % 2], n)) for n in range(40)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
eq(sorted(int(t["tags"][0][1:]) for t in server.get("/assets/samples")["categories"]["both"] if t["tags"]), list(range(40)),
   "two servers on one folder lose no tags")
other.stop()

# ---- what a kill leaves ----
left = [os.path.join(server.assets, where, ".upload-aBcDeF") for where in ("", "samples/both", "synthdefs")]
os.makedirs(os.path.join(server.assets, "synthdefs"), exist_ok=True)
before = server.get("/assets/info")["storage"]["total_size_mb"]
for path in left:
    with open(path, "wb") as file:
        file.write(bytes(1 << 20))
eq(round(server.get("/assets/info")["storage"]["total_size_mb"] - before, 3), 3.0, "what a killed upload left is counted")
with open(left[0], "rb") as writes:
    fcntl.flock(writes, fcntl.LOCK_EX)
    other = Server("--assets", server.assets)
    eq(wait_for(lambda: [os.path.exists(path) for path in left] == [True, False, False]), True,
       "and swept by the next server, but for one that is being written")
finish()

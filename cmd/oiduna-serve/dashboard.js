"use strict";

/* Every word of this page; to translate it, translate these. */
const TEXT = {
  start: "Start", stop: "Stop", pause: "Pause", panic: "Panic", slower: "Slower", faster: "Faster", tempo: "Tempo", bpm: "BPM", swing: "Swing", percent: (x) => Math.round(x * 100) + " %",
  bar: "bar", beat: "beat", step: "step", loop: "loop", transport: "Transport",
  loopTitle: "Loop, one bar a row", gridLabel: "The loop: 16 bars of 16 steps, a dot for each track with an event",
  tracksTitle: "Tracks", noTracks: (loaded) => loaded ? "No tracks play here." : "No session is loaded yet.", mute: "Mute", solo: "Solo", muteShort: "M", soloShort: "S", level: "Level",
  events: (n) => n === 1 ? "1 event" : n + " events", channel: (n) => "MIDI channel " + (n + 1),
  scenesTitle: "Scenes", takesOver: "takes over", pendingTitle: "Waiting", cancel: "Cancel",
  timings: { now: "now", beat: "at the next beat", bar: "at the next bar", seq: "at the start of the loop" },
  waits: (change) => (change.type === "scene" ? "Scene " + change.scene_id : "Session") + " at " + TEXT.at(change.apply_at_step),
  at: (step) => "bar " + (Math.floor(step / 16) + 1) + ", step " + (step % 16 + 1),
  sessionTitle: "Session", choose: "Choose a session file", orDrop: "or drop one here",
  loading: (name) => "Loading " + name + " …",
  loaded: (name, warnings) => name + " is loaded" + (warnings ? ", with " + (warnings === 1 ? "1 warning" : warnings + " warnings") + ":" : "."),
  loadedLater: (name, at, warnings) => name + " takes over at " + TEXT.at(at.step) + (warnings ? ", with " + (warnings === 1 ? "1 warning" : warnings + " warnings") + ":" : "."),
  refused: (name, errors) => name + " was not loaded: " + (errors === 1 ? "1 error" : errors + " errors") + ". What plays is unchanged.",
  place: (line, column) => "Line " + line + ", column " + column,
  timingTitle: "Timing, last minute", tickTime: "Tick time", lateness: "Lateness", highest: "highest", median: "median",
  ownLength: (n) => n === 1 ? "every step" : "every " + n + " steps",
  dropped: (n) => n === 1 ? "1 step dropped" : n + " steps dropped",
  playing: "Playing", paused: "Paused", stopped: "Stopped", down: "Player is down", away: "Server is away",
  osc: (on) => !on.enabled ? "OSC off" : on.connected ? "SuperDirt" : "No SuperDirt", midi: (on) => !on.enabled ? "MIDI off" : on.connected ? on.port : on.port + " lost",
  tokenTitle: "This server asks for a token", token: "Token", enter: "Enter", wrongToken: "That token is wrong. Nothing more is asked until there is another one.", manyTokens: "There were too many wrong tokens. Wait a moment, then try again.",
  space: "Space", spaceDoes: "starts and stops", docs: "API", metrics: "Metrics",
  microseconds: (us) => us >= 1000 ? (us / 1000).toFixed(us >= 10000 ? 0 : 1) + " ms" : Math.round(us) + " µs",
  failed: (what, why) => what + ": " + why,
};

const $ = (id) => document.getElementById(id);
const MINUTE = 60;
let locked = false; /* the server wants a token that we do not have: nothing is asked */
let status = null, tracks = [], levels = new Map(), token = sessionStorage.getItem("token");

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/* ---- talking to the server ---- */

function headers(more) {
  return Object.assign(token ? { Authorization: "Bearer " + token } : {}, more);
}

/* Each is shown for six seconds; one that follows another at once does not hide it. */
let notices = [];
function notice(text) {
  notices = notices.filter((other) => other !== text).slice(-2).concat(text);
  showNotices();
  setTimeout(() => { notices = notices.filter((other) => other !== text); showNotices(); }, 6000);
}

function showNotices() {
  $("notice").textContent = notices.join("\n");
  $("notice").hidden = notices.length === 0;
}

function explain(detail) {
  return Array.isArray(detail) ? detail.map((fault) => fault.msg).join("; ") : String(detail);
}

async function ask(method, path, body, quiet) {
  try {
    const answer = await fetch(path, { method, headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }), body: typeof body === "string" || body === undefined ? body : JSON.stringify(body) });
    if (answer.status === 401 || answer.status === 429) shut(answer.status);
    const document = await answer.json();
    if (!answer.ok && !quiet) notice(TEXT.failed(method + " /" + path, explain(document.detail)));
    return { ok: answer.ok, status: answer.status, document };
  } catch (error) {
    if (!quiet) notice(TEXT.away);
    return { ok: false, status: 0, document: { detail: TEXT.away } };
  }
}

/* Asking again with the same token would be refused again: we wait for another one. */
function shut(code) {
  if (locked && code !== 429) return; /* of several that were refused at once the first knows the token */
  $("gate-says").textContent = code === 429 ? TEXT.manyTokens : token ? TEXT.wrongToken : "";
  if (locked) return;
  locked = true;
  if (code !== 429) { token = null; sessionStorage.removeItem("token"); }
  setChip("chip-engine", "none", TEXT.tokenTitle);
  $("gate").hidden = false;
  $("token").focus();
  $("token").select();
}

/* Not EventSource: that one cannot send a token. */
async function listen() {
  try {
    const answer = await fetch("stream", { headers: headers({ Accept: "text/event-stream" }) });
    if (answer.status === 401 || answer.status === 429) return shut(answer.status);
    $("gate").hidden = true;
    if (answer.ok) await readEvents(answer.body.pipeThrough(new TextDecoderStream()).getReader());
  } catch (error) { /* told below */ }
  setChip("chip-engine", "off", TEXT.away);
  setTimeout(() => { if (!locked) listen(); }, 1000);
}

async function readEvents(reader) {
  for (let text = "";;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block), data = /^data: (.*)$/m.exec(block);
      if (name && data && on[name[1]]) on[name[1]](JSON.parse(data[1]));
    }
  }
}

const on = {
  status(data) { status = data; showStatus(); askPending(); },
  tracks(data) { tracks = data.tracks; showTracks(); document.body.classList.remove("waiting"); },
  position(data) { showPosition(data); },
  error(data) { notice(data.message); },
  applied() { askPending(); },
};

/* ---- what is shown ---- */

function setChip(id, state, text) {
  $(id).dataset.state = state;
  $(id).textContent = text;
}

function showStatus() {
  const playing = status.playback_state === "playing", paused = status.playback_state === "paused";
  $("play").setAttribute("aria-pressed", playing);
  $("pause").setAttribute("aria-pressed", paused);
  $("state").textContent = TEXT[status.playback_state];
  setChip("chip-engine", playing ? "on" : "none", TEXT[status.playback_state]);
  setChip("chip-osc", !status.osc.enabled ? "none" : status.osc.connected ? "on" : "off", TEXT.osc(status.osc));
  setChip("chip-midi", !status.midi.enabled ? "none" : status.midi.connected ? "on" : "off", TEXT.midi(status.midi));
  if (document.activeElement !== $("bpm")) $("bpm").value = Math.round(status.bpm * 1000) / 1000;
  if (!swingTimer) showSwing(status.swing);
  $("swing").disabled = tracks.length === 0;
  if (!playing) showPosition(status.position);
  document.title = (playing ? "▶ " : "") + "Oiduna Dashboard";
  showScenes();
}

const cells = [];
let now = null;

function buildGrid() {
  for (let bar = 0; bar < 16; bar++) {
    $("grid").append(make("span", "", bar + 1));
    for (let step = 0; step < 16; step++) {
      const cell = make("i", step % 4 === 0 ? "beat" : "");
      cells.push(cell);
      $("grid").append(cell);
    }
  }
}

function showPosition(position) {
  const stopped = status && status.playback_state === "stopped";
  if (now !== null) {
    cells[now].classList.remove("now");
    for (let i = now & ~15; i <= (now | 15); i++) cells[i].classList.remove("bar-now");
  }
  now = position.step;
  $("grid").dataset.step = now;
  if (!stopped) {
    cells[now].classList.add("now");
    for (let i = now & ~15; i <= (now | 15); i++) cells[i].classList.add("bar-now");
  }
  $("bar").textContent = position.bar + 1;
  $("beat").textContent = position.beat % 4 + 1;
  $("step").textContent = position.step % 16 + 1;
  $("loop").textContent = (position.loop || 0) + 1;
}

/* Hues far from each other for neighbours, the same for a track as long as it has its place. */
function colour(index) {
  return "hsl(" + Math.round(28 + index * 137.5) % 360 + " var(--dot-s) var(--dot-l))";
}

/* Up to nine dots a cell, in a square; a silent track's are left out. */
function showDots() {
  const colours = Array.from({ length: 256 }, () => []);
  tracks.forEach((track, index) => {
    if (track.audible) for (const step of track.steps) if (colours[step].length < 9) colours[step].push(colour(index));
  });
  colours.forEach((list, step) => {
    const side = Math.ceil(Math.sqrt(list.length)), size = side < 2 ? 46 : side < 3 ? 34 : 26;
    cells[step].style.backgroundImage = list.map((c) => "radial-gradient(circle closest-side, " + c + " 86%, transparent)").join(",");
    cells[step].style.backgroundSize = list.map(() => size + "% " + size + "%").join(",");
    cells[step].style.backgroundPosition = list.map((c, i) => {
      const rows = Math.ceil(list.length / side), x = (i % side + 0.5) / side, y = (Math.floor(i / side) + 0.5) / rows;
      return spread(x, size) + "% " + spread(y, size) + "%";
    }).join(",");
    cells[step].dataset.events = list.length;
  });
}

/* background-position: p% puts p% of the picture at p% of the box. */
function spread(centre, size) {
  return (centre * 100 - size / 2) / (100 - size) * 100;
}

function trackRow(track) {
  const row = make("li"), name = make("div", "name"), level = make("label", "level");
  row.dataset.id = track.id;
  name.append(make("b", "", track.id), make("small"));
  const slider = make("input");
  slider.type = "range";
  slider.setAttribute("aria-label", TEXT.level + " " + track.id);
  slider.addEventListener("input", () => setLevel(track.id, slider));
  level.append(slider, make("output"));
  row.append(make("span", "swatch"), name, toggle("mute", TEXT.muteShort, TEXT.mute, track.id), toggle("solo", TEXT.soloShort, TEXT.solo, track.id), level);
  return row;
}

function toggle(kind, short, label, id) {
  const button = make("button", kind, short);
  button.setAttribute("aria-label", label + " " + id);
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    ask("POST", "tracks/" + encodeURIComponent(id) + "/" + kind, kind === "mute" ? { muted: on } : { solo: on });
  });
  return button;
}

/* While it is dragged the slider is right, not what the player said a moment ago. */
function setLevel(id, slider) {
  const param = slider.dataset.param, value = Number(slider.value);
  slider.nextElementSibling.textContent = param === "velocity" ? value : value.toFixed(2);
  clearTimeout(levels.get(id));
  levels.set(id, setTimeout(() => {
    levels.delete(id);
    ask("PATCH", "playback/tracks/" + encodeURIComponent(id) + "/params", { [param]: value });
  }, 80));
}

function fillTrack(row, track, index) {
  const midi = track.kind === "midi", slider = row.querySelector("input");
  row.classList.toggle("silent", !track.audible);
  row.querySelector(".swatch").style.background = colour(index);
  row.querySelector("small").textContent = (midi ? TEXT.channel(track.channel) : track.sound) + " · " + TEXT.events(track.events) +
    (track.sequence_length !== 256 ? " · " + TEXT.ownLength(track.sequence_length) : "");
  row.querySelector(".mute").setAttribute("aria-pressed", track.muted);
  row.querySelector(".solo").setAttribute("aria-pressed", track.solo);
  slider.dataset.param = midi ? "velocity" : "gain";
  slider.max = midi ? 127 : Math.max(2, track.gain);
  slider.step = midi ? 1 : 0.01;
  if (!levels.has(track.id) && document.activeElement !== slider || !slider.dataset.set) {
    slider.value = midi ? track.velocity : track.gain;
    slider.dataset.set = "1";
    slider.nextElementSibling.textContent = midi ? track.velocity : track.gain.toFixed(2);
  }
}

/* Rows stay where they are as long as the tracks do, so that focus and a drag survive. */
function showTracks() {
  const rows = new Map([...$("tracks").children].map((row) => [row.dataset.id, row]));
  tracks.forEach((track, index) => {
    let row = rows.get(track.id);
    rows.delete(track.id);
    if (!row) row = trackRow(track);
    if ($("tracks").children[index] !== row) $("tracks").insertBefore(row, $("tracks").children[index] || null);
    fillTrack(row, track, index);
  });
  for (const row of rows.values()) row.remove();
  $("no-tracks").hidden = tracks.length > 0;
  $("no-tracks").textContent = TEXT.noTracks(status && status.scenes.length > 0);
  $("swing").disabled = tracks.length === 0;
  showDots();
}

function showScenes() {
  $("scene-card").hidden = status.scenes.length === 0;
  $("scenes").replaceChildren(...status.scenes.map((scene) => {
    const button = make("button", "", scene);
    button.setAttribute("aria-pressed", scene === status.current_scene);
    button.addEventListener("click", () => ask("POST", "scene/activate", { scene_id: scene, timing: $("timing").value }));
    return button;
  }));
}

async function askPending() {
  if (!status || !status.has_pending) return showPending([]);
  const answer = await ask("GET", "playback/changes/pending", undefined, true);
  if (answer.ok) showPending(answer.document.pending);
}

function showPending(list) {
  $("pending-card").hidden = list.length === 0;
  $("pending").replaceChildren(...list.map((change) => {
    const row = make("li"), button = make("button", "", TEXT.cancel);
    button.addEventListener("click", () => ask("DELETE", "playback/changes/" + encodeURIComponent(change.id)));
    row.append(make("span", "", TEXT.waits(change)), button);
    return row;
  }));
}

/* ---- sessions ---- */

async function load(file) {
  say("", TEXT.loading(file.name));
  showFindings([]);
  const answer = await ask("POST", "playback/session", await file.text(), true);
  const detail = answer.document.detail;
  if (answer.ok) {
    const warnings = answer.document.warnings, later = answer.document.change_id !== null;
    say("good", later ? TEXT.loadedLater(file.name, answer.document.applies_at, warnings.length) : TEXT.loaded(file.name, warnings.length));
    showFindings(warnings);
  } else if (Array.isArray(detail)) {
    say("bad", TEXT.refused(file.name, detail.length));
    showFindings(detail);
  } else {
    say("bad", TEXT.failed(file.name, detail));
  }
}

function say(kind, text) {
  $("loaded").dataset.kind = kind;
  $("loaded").textContent = text;
}

function showFindings(list) {
  $("findings").replaceChildren(...list.map((finding) => {
    const row = make("li", finding.severity);
    row.append(make("span", "at", TEXT.place(finding.line, finding.column)), " " + finding.msg, make("code", "", finding.pointer));
    return row;
  }));
}

/* ---- timing: what came into the histograms since the second before ---- */

const history = { tick: [], late: [] };
const before = { tick: null, late: null };

function since(name, buckets) {
  const was = before[name], counts = new Map(was || []);
  before[name] = buckets;
  if (!was) return null;
  let last = 0, lastWas = 0, fresh = [], total = 0;
  for (const [upper, count] of buckets) {
    const old = counts.has(upper) ? counts.get(upper) : lastWas, here = (count - last) - (old - lastWas);
    if (here > 0) { fresh.push([upper, here]); total += here; }
    last = count;
    lastWas = old;
  }
  if (total === 0) return null;
  let sum = 0, middle = null;
  for (const [upper, n] of fresh) {
    sum += n;
    if (middle === null && sum * 2 >= total) middle = upper;
  }
  return { middle, high: fresh[fresh.length - 1][0] };
}

function draw(name, buckets) {
  const list = history[name];
  list.push(buckets && buckets.length ? since(name, buckets) : null);
  if (list.length > MINUTE) list.shift();
  const values = list.filter((v) => v && v.high !== null), most = Math.max(1, ...values.map((v) => v.high)) * 1.15;
  const x = (i) => MINUTE - list.length + i + 0.5, y = (us) => 40 - us / most * 40;
  const points = (key) => list.map((v, i) => v && v[key] !== null ? [x(i), y(v[key])] : null).filter(Boolean);
  const path = (p) => p.map((q, i) => (i ? "L" : "M") + q[0].toFixed(2) + " " + q[1].toFixed(2)).join("");
  const high = points("high"), last = values[values.length - 1];
  const figure = $("chart-" + name);
  figure.querySelector("b").textContent = last ? TEXT.microseconds(last.high) : "–";
  figure.querySelector("svg").replaceChildren(
    svg("path", "area", high.length ? path(high) + "L" + high[high.length - 1][0] + " 40L" + high[0][0] + " 40Z" : ""),
    svg("path", "base", "M0 40H60"), svg("path", "mid", path(points("middle"))), svg("path", "high", path(high)));
}

function svg(tag, className, d) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  element.setAttribute("class", className);
  element.setAttribute("d", d);
  return element;
}

async function poll() {
  if (!document.hidden && !locked) {
    const answer = await ask("GET", "metrics", undefined, true);
    if (answer.ok) {
      draw("tick", answer.document.tick_histogram);
      draw("late", answer.document.lateness_histogram);
      $("dropped").textContent = TEXT.dropped(answer.document.dropped_steps);
      if (!answer.document.player_up) setChip("chip-engine", "off", TEXT.down);
      else if (status && $("chip-engine").textContent === TEXT.down) showStatus();
    }
  }
  setTimeout(poll, 1000);
}

/* ---- hands ---- */

function setTempo(value) {
  if (value >= 1 && value <= 999) ask("POST", "playback/bpm", { bpm: value });
}

/* As with the levels: what is dragged is right. */
let swingTimer;
function setSwing() {
  const swing = $("swing").value / 100;
  showSwing(swing);
  clearTimeout(swingTimer);
  swingTimer = setTimeout(() => {
    swingTimer = null;
    ask("PATCH", "playback/environment", { swing });
  }, 80);
}

function showSwing(swing) {
  $("swing").value = Math.round(swing * 100);
  $("swing-is").textContent = TEXT.percent(swing);
}

function startOrStop() {
  ask("POST", status && status.playing ? "playback/stop" : "playback/start");
}

function typing(target) {
  return target.matches && target.matches("input:not([type=range]), textarea, select");
}

for (const element of document.querySelectorAll("[data-text]")) element.textContent = TEXT[element.dataset.text];
for (const element of document.querySelectorAll("[data-label]")) {
  element.setAttribute("aria-label", TEXT[element.dataset.label]);
  if (element.tagName === "BUTTON") element.title = TEXT[element.dataset.label];
}
for (const [value, text] of Object.entries(TEXT.timings)) $("timing").append(Object.assign(make("option", "", text), { value, selected: value === "bar" }));
$("play").addEventListener("click", () => ask("POST", "playback/start"));
$("pause").addEventListener("click", () => ask("POST", "playback/pause"));
$("stop").addEventListener("click", () => ask("POST", "playback/stop"));
$("panic").addEventListener("click", () => ask("POST", "panic"));
$("slower").addEventListener("click", () => setTempo(status.bpm - 1));
$("faster").addEventListener("click", () => setTempo(status.bpm + 1));
$("bpm").addEventListener("change", () => setTempo(Number($("bpm").value)));
$("swing").addEventListener("input", setSwing);
$("bpm").addEventListener("keydown", (event) => { if (event.key === "Enter") $("bpm").blur(); });
$("file").addEventListener("change", () => { if ($("file").files[0]) load($("file").files[0]); $("file").value = ""; });
$("gate").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value;
  sessionStorage.setItem("token", token);
  $("gate").hidden = true;
  $("gate-says").textContent = "";
  locked = false;
  listen();
});
for (const kind of ["dragover", "dragenter"]) addEventListener(kind, (event) => { event.preventDefault(); document.body.classList.add("dragging"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  if (event.dataTransfer.files[0]) load(event.dataTransfer.files[0]);
});
/* Everywhere but where a blank is typed; a button under the focus is not pressed by it. */
addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat || typing(event.target)) return;
  event.preventDefault();
  startOrStop();
});
addEventListener("keyup", (event) => { if (event.key === " " && !typing(event.target)) event.preventDefault(); });

buildGrid();
setTimeout(() => document.body.classList.remove("waiting"), 3000);
listen();
poll();

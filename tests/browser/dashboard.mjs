// The dashboard in a browser: what a hand does is heard, what happens is seen.
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SESSION, ask, eq, finish, folder, need, ok, pause, serve, until } from "./harness.mjs";

const { chromium } = need("playwright-core");

// A synthesizer that only remembers which sounds were asked for, and says that it is there.
const heard = [];
const synth = createSocket("udp4");
synth.on("message", (data, from) => {
  for (const name of ["bd", "hh", "cp"]) if (data.includes(Buffer.from("\0" + name + "\0"))) heard.push([name, Date.now()]);
  if (data.includes("/dirt/handshake\0")) synth.send(Buffer.from("/dirt/handshake/reply\0\0\0,\0\0\0"), from.port, from.address);
});
await new Promise((resolve) => synth.bind(0, "127.0.0.1", resolve));
const since = (time, name) => heard.filter(([what, when]) => what === name && when > time).length;

const server = await serve(["--osc", `127.0.0.1:${synth.address().port}`, "--latency", "50"]);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const complaints = [], hosts = new Set();

async function open(options, url = server.url) {
  const page = await browser.newPage(options);
  page.on("console", (message) => { if (message.type() === "error" && !/status of 4(00|01|04|22)/.test(message.text())) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith("data:")) hosts.add(new URL(request.url()).host); });
  await page.goto(url + "/");
  return page;
}

const page = await open({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
const text = (selector) => page.textContent(selector);
const step = () => page.getAttribute("#grid", "data-step").then(Number);

eq(await page.title(), "Oiduna Dashboard", "the page is there");
eq(await page.locator("#grid i").count(), 256, "with 16 bars of 16 steps");
ok(await until(async () => (await text("#chip-osc")) === "SuperDirt"), "SuperDirt's presence is shown");
ok(await until(async () => (await text("#no-tracks")) === "No session is loaded yet."), "no track is there before a session is");

// ---- a session by the file dialog ----
const good = join(folder, "good.json"), broken = join(folder, "broken.json");
writeFileSync(good, JSON.stringify(SESSION));
writeFileSync(broken, '{"environment": {"bpm": 1000},\n "tracks": {"kick": {"params": {"s": 3}}}}');
const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click(".drop")]);
await chooser.setFiles(good);
await page.waitForSelector('#tracks li[data-id="kick"]');
eq(await page.locator("#tracks li").count(), 3, "a session from the file dialog is loaded, its tracks are listed");
ok((await text("#loaded")).includes("good.json is loaded"), "and said to be");
eq(await page.locator("#grid i").nth(4).getAttribute("data-events"), "1", "its events are dots in the loop");
eq(await page.locator("#grid i").nth(0).getAttribute("data-events"), "2", "one for each track");
eq(await page.inputValue("#bpm"), "240", "its tempo is shown");
ok((await text('#tracks li[data-id="bass"]')).includes("MIDI channel 2"), "a MIDI track is told from a sound");

// ---- start, and see it move ----
await page.click("#play");
ok(await until(async () => (await page.getAttribute("#play", "aria-pressed")) === "true"), "the start button starts");
const first = await step();
ok(await until(async () => (await step()) !== first && (await step()) > 3), "the step moves");
eq(await page.locator("#grid i.now").count(), 1, "one step is lit");
ok(await until(() => since(0, "bd") > 2 && since(0, "hh") > 2), "and it is heard");
ok((await page.title()).startsWith("▶"), "the title tells it");

// ---- mute by a click ----
await page.click('#tracks li[data-id="kick"] .mute');
ok(await until(async () => (await page.getAttribute('#tracks li[data-id="kick"] .mute', "aria-pressed")) === "true"), "a click mutes a track");
await pause(400);
let begin = Date.now();
await pause(1200);
eq(since(begin, "bd"), 0, "and it is not heard any more");
ok(since(begin, "hh") > 2, "but the others are");
eq(await page.locator("#grid i").nth(4).getAttribute("data-events"), "0", "its dots are gone");
await page.click('#tracks li[data-id="kick"] .mute');
begin = Date.now();
ok(await until(() => since(begin, "bd") > 1), "another click brings it back");
await page.click('#tracks li[data-id="hat"] .solo');
await pause(400);
begin = Date.now();
await pause(800);
eq(since(begin, "bd"), 0, "a solo silences the others");
await page.click('#tracks li[data-id="hat"] .solo');

// ---- level and tempo ----
await page.locator('#tracks li[data-id="hat"] input').fill("1.5");
ok(await until(async () => (await ask(server, "GET", "/tracks/hat")).gain === 1.5), "a level can be moved");
await page.fill("#bpm", "180");
await page.press("#bpm", "Enter");
ok(await until(async () => (await ask(server, "GET", "/playback/status")).bpm === 180), "a tempo can be typed");
await page.click("#faster");
ok(await until(async () => (await page.inputValue("#bpm")) === "181"), "and counted up");

ok(await page.isEnabled("#swing"), "a session that is loaded can swing");
await page.locator("#swing").fill("42");
ok(await until(async () => (await ask(server, "GET", "/playback/status")).swing === 0.42), "swing can be moved");
await ask(server, "PATCH", "/playback/environment", { swing: 0.25 });
ok(await until(async () => (await text("#swing-is")) === "25 %"), "and is shown as it is");

// ---- scenes and what waits ----
await page.selectOption("#timing", "seq");
await page.click("#scenes button");
await page.waitForSelector("#pending li");
ok((await text("#pending")).includes("verse at bar 1, step 1"), "a scene that waits is listed, counted from 1", await text("#pending"));
await page.click("#pending button");
ok(await until(() => page.isHidden("#pending-card")), "and can be cancelled");
await page.selectOption("#timing", "now");
await page.click("#scenes button");
ok(await until(async () => (await page.getAttribute("#scenes button", "aria-pressed")) === "true"), "a scene is taken over at once");
begin = Date.now();
ok(await until(() => since(begin, "cp") > 0, 60000), "and heard"); // once a loop, which is 21 s at this tempo

// ---- a broken session, dropped ----
const tempo = (await ask(server, "GET", "/playback/status")).bpm;
async function drop(path, name) {
  const data = await page.evaluateHandle(([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type: "application/json" }));
    return transfer;
  }, [name, path]);
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}
await drop('{"environment": {"bpm": 1000},\n "tracks": {"kick": {"params": {"s": 3}}}}', "broken.json");
await page.waitForSelector("#findings li");
eq(await page.locator("#findings li").count(), 2, "a broken session that is dropped shows what the compiler found");
ok(/Line 2, column \d+/.test(await text("#findings")), "with line and column");
ok((await text("#findings")).includes("/tracks/kick/params/s"), "and pointer");
eq((await ask(server, "GET", "/playback/status")).bpm, tempo, "what plays is unchanged");
await drop('{"tracks": {]}', "worse.json");
ok(await until(async () => /line 1 column 13/i.test(await text("#loaded"))), "so is what is no JSON", await text("#loaded"));
await drop(JSON.stringify({ ...SESSION, apply: { timing: "now" } }), "again.json");
ok(await until(async () => (await text("#loaded")).includes("again.json")), "a good one that is dropped is loaded");

// ---- the picture of the timing ----
ok(await until(async () => /µs|ms/.test(await text("#chart-late b")), 15000), "lateness is shown");
ok((await page.locator("#chart-tick path.high").getAttribute("d")).startsWith("M"), "tick time is drawn");

// ---- keys ----
const playing = async () => (await ask(server, "GET", "/playback/status")).playing;
await page.locator("body").click({ position: { x: 2, y: 2 } });
await page.keyboard.press("Space");
ok(await until(async () => !(await playing())), "space stops");
await page.focus('#tracks li[data-id="kick"] .mute');
await page.keyboard.press("Space");
ok(await until(playing), "space starts, wherever the focus is");
eq(await page.getAttribute('#tracks li[data-id="kick"] .mute', "aria-pressed"), "false", "and presses no button");
await page.focus("#bpm");
await page.keyboard.press("Space");
await pause(300);
ok(await playing(), "where one types it does nothing");
await page.keyboard.press("Tab");
ok(await page.evaluate(() => document.activeElement.id === "faster"), "everything is reached by Tab");
await page.click("#stop");
ok(await until(async () => !(await playing())), "the stop button stops");
ok(await until(async () => (await step()) === 0), "and the step goes back");

// ---- a player that dies ----
const engine = (await ask(server, "GET", "/health")).components.engine;
process.kill(engine.pid, "SIGKILL");
ok(await until(async () => (await text("#notice")).includes("signal 9")), "a player that dies is told", await text("#notice"));

// ---- EventSource, which nobody here wrote ----
const steps = await page.evaluate(async () => {
  await fetch("/playback/start", { method: "POST" });
  const source = new EventSource("/stream"), seen = [];
  await new Promise((resolve) => source.addEventListener("position", (event) => { seen.push(JSON.parse(event.data).step); if (seen.length === 5) resolve(); }));
  source.close();
  return seen;
});
eq(steps, steps.map((_, i) => (steps[0] + i) % 256), "EventSource gets every step");

// ---- small, light and dark ----
for (const colorScheme of ["light", "dark"]) {
  const phone = await open({ viewport: { width: 360, height: 740 }, colorScheme, hasTouch: true });
  await phone.waitForSelector("#tracks li");
  eq(await phone.evaluate(() => document.documentElement.scrollWidth), 360, `at 360 px nothing is wider than the screen (${colorScheme})`);
  const small = await phone.evaluate(() => [...document.querySelectorAll("button, select, .drop")].filter((e) => e.offsetParent && (e.offsetHeight < 30 || e.getBoundingClientRect().right > 360)).map((e) => e.id || e.className));
  eq(small, [], "every button can be hit by a finger");
  const contrast = await phone.evaluate(() => {
    const light = (color) => {
      const [r, g, b] = color.match(/[\d.]+/g).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const card = light(getComputedStyle(document.querySelector(".card")).backgroundColor);
    return ["h2", ".empty", "#tracks small", "#tracks b", ".chip"].map((s) => [s, ratio(light(getComputedStyle(document.querySelector(s)).color), card)]).filter(([, r]) => r < 4.5);
  });
  eq(contrast, [], `text stands out from its ground (${colorScheme})`);
  await phone.tap("#stop");
  ok(await until(async () => !(await playing())), "a tap stops");
  await phone.tap("#play");
  ok(await until(playing), "a tap starts");
  await phone.close();
}

// ---- what a judge of pages says ----
for (const [width, height] of [[1280, 900], [390, 844]]) {
  for (const colorScheme of ["light", "dark"]) {
    const judged = await browser.newPage({ viewport: { width, height }, colorScheme, bypassCSP: true });
    await judged.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value; }).observe({ type: "layout-shift", buffered: true });
    });
    await judged.goto(server.url + "/");
    await judged.waitForSelector("#tracks li");
    await pause(1500);
    ok(await judged.evaluate(() => window.shift) < 0.1, `nothing jumps while it loads (${width}, ${colorScheme})`, await judged.evaluate(() => window.shift));
    await judged.addScriptTag({ path: need.resolve("axe-core/axe.min.js") });
    const found = await judged.evaluate(async () => (await window.axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary).slice(0, 3)]));
    eq(found, [], `axe finds nothing (${width}, ${colorScheme})`);
    ok(await judged.locator("#tracks .level output").first().isVisible(), `the level's number is there (${width})`);
    await judged.close();
  }
}
eq((await text("#step")) !== "0" && (await text("#bar")) !== "0", true, "what a person reads counts from 1");

// ---- below another path ----
const { createServer, request } = await import("node:http");
const proxy = createServer((from, to) => {
  if (!from.url.startsWith("/band/oiduna/")) { to.writeHead(404).end(); return; }
  from.pipe(request(server.url + from.url.slice("/band/oiduna".length), { method: from.method, headers: { ...from.headers, host: "localhost" } }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  }));
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
const below = `http://127.0.0.1:${proxy.address().port}/band/oiduna/`;
hosts.add(new URL(below).host);
const inner = await browser.newPage();
const missed = [];
inner.on("response", (answer) => { if (answer.status() === 404) missed.push(answer.url()); });
await inner.goto(below);
await inner.waitForSelector("#tracks li");
await inner.click("#stop");
ok(await until(async () => !(await playing())), "below another path the page works");
await inner.click("footer a");
ok((await inner.textContent("body")).includes("/playback/session"), "and leads to its documents");
await inner.click("a[href='openapi.json']");
ok((await inner.textContent("body")).includes("3.1.0"), "and they lead on");
eq(missed, [], "nothing is asked for elsewhere");
await inner.close();
proxy.closeAllConnections();
proxy.close();
hosts.delete(new URL(below).host);

// ---- a server that asks for a token ----
const closed = await serve(["--no-osc"], { API_TOKEN: "open-sesame" });
const guest = await open({}, closed.url);
await guest.waitForSelector("#gate:not([hidden])");
ok(true, "a server that asks for a token makes the page ask for it");
let asked = 0;
await guest.fill("#token", "open-barley");
await guest.press("#token", "Enter");
ok(await until(async () => (await guest.textContent("#gate-says")).includes("wrong")), "a wrong token is called so");
guest.on("request", () => { asked++; });
await pause(2500);
eq(asked, 0, "and the page asks no more");
ok(await guest.isVisible("#token"), "but for another one");
eq(await guest.textContent("#chip-osc") + await guest.textContent("#chip-engine"), "This server asks for a token", "and says what it waits for");
await guest.fill("#token", "open-sesame");
await guest.press("#token", "Enter");
ok(await until(async () => (await guest.textContent("#chip-engine")) === "Stopped"), "with it the page works");
ok(await until(() => guest.isHidden("#gate")), "and asks no more");
ok(await until(async () => (await guest.textContent("#chip-osc")) === "OSC off"), "without an OSC output there is none to miss");
eq(await guest.getAttribute("#chip-osc", "data-state"), "none", "and no red light");
const opened = await guest.evaluate(async () => {
  await fetch("gate", { method: "POST", headers: { Authorization: "Bearer open-sesame" } });
  const source = new EventSource("stream");
  const name = await new Promise((resolve) => { source.addEventListener("connected", () => resolve("connected")); source.onerror = () => resolve("error"); });
  source.close();
  return name;
});
eq(opened, "connected", "with the cookie EventSource is let in");
await guest.close();

eq(complaints, [], "the browser complains about nothing");
eq([...hosts].filter((host) => ![new URL(server.url).host, new URL(closed.url).host].includes(host)), [], "no other host is asked for anything");
const words = await page.evaluate(() => [...document.querySelectorAll("[data-text]")].filter((e) => !e.textContent).map((e) => e.dataset.text));
eq(words, [], "every word is there");
const literal = await (await fetch(server.url + "/", { headers: { Accept: "text/html" } })).text();
eq(literal.match(/(src|href)="(https?:)?\/\/[^"]*"|@import|url\((?!#)[^)]*\)/g), null, "the page names no outside address");
await browser.close();
synth.close();
await finish();

// What the browser tests share: a server of their own, TAP, modules from the build folder.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const BIN = process.env.BIN || "build";
export const need = createRequire(resolve(process.env.MODULES || `${BIN}/browser`, "x.js"));
export const folder = mkdtempSync(join(tmpdir(), "oiduna-"));

let count = 0;
const servers = [];
process.on("exit", () => servers.forEach((child) => child.kill("SIGKILL"))); // if a test breaks off

export function ok(passed, name, note) {
  console.log(`${passed ? "ok" : "not ok"} ${++count} - ${name}`);
  if (!passed && note !== undefined) console.log("# " + JSON.stringify(note));
  return passed;
}

export function eq(got, wanted, name) {
  return ok(JSON.stringify(got) === JSON.stringify(wanted), name, { got, wanted });
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The condition's value as soon as it is true, else its last.
export async function until(condition, ms = 10000) {
  for (const end = Date.now() + ms; ;) {
    const value = await condition();
    if (value || Date.now() > end) return value;
    await pause(25);
  }
}

export async function serve(options = [], env = {}) {
  const child = spawn(join(BIN, "oiduna-serve"), ["--port", "0", "--assets", join(folder, "assets"), "--no-rt", ...options],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  let said = "";
  child.stderr.on("data", (data) => { said += data; });
  servers.push(child);
  const url = await until(() => /listening on (http:\S+)/.exec(said) || child.exitCode !== null);
  if (!url || url === true) throw new Error("the server did not start: " + said);
  return { child, url: url[1], said: () => said };
}

export async function ask(server, method, path, body) {
  const answer = await fetch(server.url + path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
  return answer.json();
}

export async function finish() {
  for (const child of servers) {
    child.kill("SIGTERM");
    await until(() => child.exitCode !== null || child.signalCode !== null, 8000);
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(`1..${count}`);
  process.exit(0);
}

export const SESSION = {
  environment: { bpm: 240 },
  tracks: { kick: { params: { s: "bd" } }, hat: { params: { s: "hh", gain: 0.8 } } },
  tracks_midi: { bass: { track_id: "bass", channel: 1 } },
  sequences: {
    kick: { events: Array.from({ length: 64 }, (_, i) => ({ step: i * 4 })) },
    hat: { events: Array.from({ length: 64 }, (_, i) => ({ step: i * 4 + 2 })) },
    bass: { events: [{ step: 0, note: 40 }] },
  },
  scenes: { verse: { tracks: { kick: { params: { s: "cp" } } }, sequences: { kick: { events: [{ step: 0 }] } } } },
};

#!/usr/bin/env node
// Loads a session and follows it: node client.mjs [SESSION.json]. Needs nothing but Node 18.
import { readFile } from "node:fs/promises";

const url = process.env.OIDUNA_URL || "http://127.0.0.1:57122";
const token = process.env.API_TOKEN ? { Authorization: "Bearer " + process.env.API_TOKEN } : {};
const session = process.argv[2] || new URL("../swing.json", import.meta.url);

async function ask(method, path, body) {
  const answer = await fetch(url + path, { method, body, headers: { ...token, "Content-Type": "application/json" } });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer;
}

const { warnings } = await (await ask("POST", "/playback/session", await readFile(session))).json();
for (const { line, msg } of warnings) console.log(`line ${line}: ${msg}`);
await ask("POST", "/playback/start");
let text = "";
events: for await (const bytes of (await ask("GET", "/stream")).body) {
  const blocks = (text += Buffer.from(bytes).toString()).split("\n\n");
  text = blocks.pop();
  for (const block of blocks) {
    if (!block.includes("\nevent: position\n")) continue;
    const { step, beat, bar } = JSON.parse(block.split("\ndata: ")[1]);
    console.log(`bar ${bar} beat ${beat} step ${step}`);
    if (step >= Number(process.env.STEPS || 64)) break events;
  }
}
await ask("POST", "/playback/stop");
process.exit(0);

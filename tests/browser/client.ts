// A client of the kind that people write: typed by what was generated, fetch and nothing else.
import type { components, paths } from "./api.js";

declare const process: { argv: string[]; exit(code: number): never };

type Body<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;
type Answer<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends { responses: { 200: { content: { "application/json": infer A } } } } ? A : never;
type StreamEvent = components["schemas"]["StreamEvent"];

const [, , url, token, text] = process.argv as [string, string, string, string, string];
const headers: Record<string, string> = token ? { Authorization: "Bearer " + token } : {};

async function get<P extends keyof paths>(path: P): Promise<Answer<P, "get">> {
  const answer = await fetch(url + path, { headers });
  if (!answer.ok) throw new Error(path + ": " + answer.status);
  return (await answer.json()) as Answer<P, "get">;
}

async function post<P extends keyof paths>(path: P, body?: Body<P, "post">): Promise<Answer<P, "post">> {
  const answer = await fetch(url + path, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: body === undefined ? null : JSON.stringify(body) });
  if (!answer.ok) throw new Error(path + ": " + answer.status);
  return (await answer.json()) as Answer<P, "post">;
}

async function* events(): AsyncGenerator<StreamEvent> {
  const answer = await fetch(url + "/stream", { headers });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1], data = /^data: (.*)$/m.exec(block)?.[1];
      if (event && data) yield { event, data: JSON.parse(data) } as StreamEvent;
    }
  }
}

const small: components["schemas"]["Session"] = {
  environment: { bpm: 120 },
  tracks: { kick: { params: { s: "bd", gain: 0.9 }, track_fx: { cutoff: 800 } } },
  sequences: { kick: { events: [{ step: 0 }] } },
};
await post("/playback/session", { data: small, timing: "now" });
const loaded = await post("/playback/session", { data: JSON.parse(text) as components["schemas"]["Session"], timing: { type: "boundary", unit: "bar" } });
const change: string | null = loaded.change_id;
console.log(change === null ? "loaded" : "loaded later");
await post("/playback/start");
const status = await get("/playback/status");
console.log("started at " + status.bpm + " bpm");
const seen = new Set<string>();
for await (const news of events()) {
  if (news.event === "position") {
    const step: number = news.data.step;
    seen.add(step >= 0 ? "position" : "");
    break;
  }
  if (news.event === "connected" || news.event === "status") seen.add(news.event);
}
for (const name of ["connected", "status", "position"]) if (seen.has(name)) console.log(name);
console.log((await get("/tracks")).tracks.length + " tracks");
process.exit(0);

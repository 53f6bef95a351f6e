// Types made of the document by openapi-typescript; a client written to them is compiled and run.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BIN, SESSION, eq, finish, folder, ok, serve } from "./harness.mjs";

const modules = resolve(process.env.MODULES || `${BIN}/browser`, "node_modules");
const tool = (name, script) => join(modules, name, script);
const run = (script, args) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8", cwd: folder, timeout: 120000 });

for (const env of [{}, { API_TOKEN: "open-sesame" }]) {
  const kind = env.API_TOKEN ? "with a token" : "without a token";
  const server = await serve(["--no-osc"], env);
  const document = join(folder, "openapi.json");
  writeFileSync(document, await (await fetch(server.url + "/openapi.json")).text());
  const linted = run(tool("@redocly/cli", "bin/cli.js"), ["lint", "openapi.json", "--format=json", "--skip-rule=info-license", "--skip-rule=no-server-example.com", "--skip-rule=operation-4xx-response"]);
  const problems = /\{[\s\S]*\}/.exec(linted.stdout);
  const found = problems ? JSON.parse(problems[0]).problems.map((p) => [p.ruleId, p.message, p.location?.[0]?.pointer]) : [["no answer", linted.stdout + linted.stderr]];
  eq(found, [], `redocly finds nothing in the document ${kind}`);
  const types = run(tool("openapi-typescript", "bin/cli.js"), [document, "-o", join(folder, "api.d.ts")]);
  eq([types.status, types.stderr], [0, ""], `types are made of it ${kind}`);
  copyFileSync("tests/browser/client.ts", join(folder, "client.ts"));
  writeFileSync(join(folder, "session.json"), JSON.stringify(SESSION));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const compiled = run(tool("typescript", "bin/tsc"), ["--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", "client.ts"]);
  eq([compiled.status, compiled.stdout], [0, ""], `a client written to them compiles ${kind}`);
  const client = spawnSync(process.execPath, [join(folder, "client.js"), server.url, env.API_TOKEN || "", JSON.stringify(SESSION)], { encoding: "utf8", timeout: 30000 });
  eq([client.status, client.stderr], [0, ""], `and runs ${kind}`);
  eq(client.stdout.trim().split("\n"), ["loaded", "started at 240 bpm", "connected", "status", "position", "3 tracks"], `it posts a session, starts it, reads the status and the stream ${kind}`);
}
const bad = readFileSync("tests/browser/client.ts", "utf8").replace("events: [{ step: 0 }]", 'events: [{ step: "0" }]');
writeFileSync(join(folder, "bad.ts"), bad);
const refused = run(tool("typescript", "bin/tsc"), ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", "bad.ts"]);
ok(refused.status !== 0 && refused.stdout.includes("step") || refused.stdout.includes("string"), "a session that is none does not compile", refused.stdout);
await finish();

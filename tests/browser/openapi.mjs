// A validator that others wrote judges the OpenAPI document.
import { pathToFileURL } from "node:url";
import { ask, eq, finish, need, ok, serve } from "./harness.mjs";

const { Validator } = await import(pathToFileURL(need.resolve("@seriousme/openapi-schema-validator")));
for (const env of [{}, { API_TOKEN: "open-sesame" }]) {
  const server = await serve(["--no-osc"], env);
  const validator = new Validator();
  const result = await validator.validate(await ask(server, "GET", "/openapi.json"));
  ok(result.valid, `the document is valid${env.API_TOKEN ? ", with a token as well" : ""}`, result.errors);
  eq(validator.version, "3.1", "as OpenAPI 3.1");
}
await finish();

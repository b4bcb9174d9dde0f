// Fails when the committed client no longer fits the API's OpenAPI document.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const contract = new URL("../../docs/reference/openapi.json", import.meta.url);
const client = new URL("../src/client/schema.ts", import.meta.url);

const fresh = astToString(await openapiTS(contract));
const committed = await readFile(client, "utf8");
// The command line puts its own heading above the types.
if (!committed.includes(fresh.trim())) {
  console.error(
    `${fileURLToPath(client)} does not fit docs/reference/openapi.json. Run: make client`,
  );
  process.exit(1);
}

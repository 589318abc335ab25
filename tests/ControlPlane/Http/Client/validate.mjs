// Judges the description by the schema of OpenAPI 3.1 itself: validate.mjs FILE
import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const result = await validator.validate(JSON.parse(await readFile(process.argv[2], "utf8")));
console.log(JSON.stringify({ version: validator.version, valid: result.valid, errors: result.errors ?? [] }));

// Works with streamers through a client that was generated from the description; the compiler checks that it fits.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { env: Record<string, string | undefined> };

const api = createClient<paths>({ baseUrl: process.env.API_URL!, headers: { Authorization: `Bearer ${process.env.API_TOKEN!}` } });

function must<T>(what: string, answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${what}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const made: string[] = [];
for (const name of ["ada", "bert", "carl", "dora", "emil"]) {
  const body: components["schemas"]["StreamerInput"] = { name, url: `https://www.twitch.tv/${name}`, active: false };
  for (const attempt of [1, 2]) {
    const streamer = must(`add ${name}, attempt ${attempt}`, await api.POST("/streamers", { body, params: { header: { "Idempotency-Key": `make-${name}` } } }));
    if (attempt === 1) made.push(streamer.id);
    else if (made[made.length - 1] !== streamer.id) throw new Error(`${name} was made twice`);
  }
}

const listed: string[] = [];
let cursor: string | undefined;
do {
  const page = must("list", await api.GET("/streamers", { params: { query: { limit: 2, sort: "-name", active: false, cursor } } }));
  listed.push(...page.items.map((s) => s.name));
  cursor = page.next ?? undefined;
} while (cursor);

const read = await api.GET("/streamers/{id}", { params: { path: { id: made[0] } } });
const before = must("read", read);
const tag = read.response.headers.get("ETag")!;
const again = await api.GET("/streamers/{id}", { params: { path: { id: made[0] }, header: { "If-None-Match": tag } } });
const change = { params: { path: { id: made[0] }, header: { "If-Match": tag } }, body: { name: "Ada", url: before.url, active: false } };
const changed = must("change", await api.PUT("/streamers/{id}", change));
const stale = await api.PUT("/streamers/{id}", change);
const refused = await api.POST("/streamers", { body: { name: "", url: "foo" } });
for (const id of made) {
  const gone = await api.DELETE("/streamers/{id}", { params: { path: { id } } });
  if (gone.response.status !== 204) throw new Error(`delete: ${gone.response.status}`);
}
const left = must("list", await api.GET("/streamers"));

console.log(JSON.stringify({
  listed, unchanged: again.response.status, version: changed.version, name: changed.name, stale: stale.error?.status, staleTitle: stale.error?.title,
  faults: Object.keys((refused.error as components["schemas"]["HttpValidationProblemDetails"]).errors ?? {}), left: left.items.length,
}));

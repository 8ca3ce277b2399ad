// What tests do with releases: a small pack, and the way from a new release to an active one.

import assert from "node:assert/strict";

import { eventually } from "./lib.mjs";
import { progress, query } from "./store.mjs";

export const PACK = 'return { name = "mine", version = 1, api = 1 }\n';

/** A rule that puts mail with `word` in its subject into `category`, whatever else speaks. */
export const ruleFor = (word, category) => `classify "${category}" {
  name = "by subject",
  evidence(6, "in the subject", subject:says { "${word}" }),
  evidence(6, "in the subject too", subject:says { "${word}" }),
  evidence(6, "in the subject as well", subject:says { "${word}" }),
}
`;

/** Requests of one user on one Jackdaw, each checked for its status. */
export function rules(jackdaw, token = jackdaw.token) {
  const call = async (method, path, status, body, headers) => {
    const answer = await jackdaw.ask(method, `/rules${path}`, { body, headers, token });
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const self = {
    call,
    create: (owner, more = {}) => call("POST", "/releases", 201, { owner, ...more }),
    get: (id) => call("GET", `/releases/${id}`, 200),
    put: (id, path, content) =>
      call("PUT", `/releases/${id}/files?path=${encodeURIComponent(path)}`, 200, { content }),
    check: (id) => call("POST", `/releases/${id}/check`, 200),
    activate: (id, comment) => call("POST", `/releases/${id}/activate`, 200, { comment }),
    /** A new release with these files, { path: content }, checked. */
    async make(owner, files, more) {
      const { id } = await self.create(owner, more);
      for (const [path, content] of Object.entries(files)) await self.put(id, path, content);
      const checked = await self.check(id);
      assert.equal(checked.passed, true, JSON.stringify(checked.report));
      return self.get(id);
    },
  };
  return self;
}

/** Activates `release` of the organisation and rolls back again, `times` in all, each when
 * something was decided since the last, until all of `mails` mails are. */
export async function switchBack(jackdaw, release, times, mails) {
  const admin = rules(jackdaw);
  let before = (await progress(jackdaw)).decided;
  for (let i = 0; i < times; i++) {
    if (i % 2) await admin.call("POST", "/rollback", 200, { owner: "organisation" });
    else await admin.activate(release.id);
    await eventually("a verdict", async () => {
      const { decided, rejected } = await progress(jackdaw);
      const moved = decided > before || decided + rejected >= mails;
      before = moved ? decided : before;
      return moved;
    });
  }
}

/** Verdicts that name another release of the organisation than the one that was active when they
 * were stored: there must be none. */
export function strays(jackdaw) {
  return query(
    jackdaw,
    `WITH changes AS (SELECT at_ms, to_id, lead(at_ms, 1, 9e15) OVER (ORDER BY id) AS until_ms
                      FROM release_log WHERE owner_id = 0 AND kind IN ('activate', 'rollback'))
     SELECT a.message_id, a.release_id, a.at_ms FROM analyses AS a WHERE NOT EXISTS
       (SELECT 1 FROM changes AS c
        WHERE c.to_id = a.release_id AND a.at_ms >= c.at_ms AND a.at_ms <= c.until_ms)`,
  );
}

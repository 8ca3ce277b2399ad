// What tests do with releases: a small pack, and the way from a new release to an active one.

import assert from "node:assert/strict";

export const PACK = 'return { name = "mine", version = 1, api = 1 }\n';

/** A rule that puts mail with `word` in its subject into `category`, whatever else speaks. */
export const ruleFor = (word, category) => `classify "${category}" {
  name = "by subject",
  evidence(12, "in the subject", subject:says { "${word}" }),
  evidence(12, "in the subject too", subject:says { "${word}" }),
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

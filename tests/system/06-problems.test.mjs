// Bad input: each is answered with one problem document that names what was wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start({ mails: 1 })));
after(() => jackdaw?.stop());

const cases = [
  // what, method, path, body, status, field
  ["an unknown parameter", "GET", "/messages?limt=1", , 400, "limt"],
  ["a parameter twice", "GET", "/messages?limit=1&limit=2", , 400, "limit"],
  ["a limit that is too large", "GET", "/messages?limit=201", , 400, "limit"],
  ["a limit that is none", "GET", "/messages?limit=many", , 400, "limit"],
  ["an unknown category", "GET", "/messages?category=junk", , 400, "category"],
  ["an account that is no id", "GET", "/messages?account=1", , 400, "account"],
  ["unread that is neither", "GET", "/messages?unread=yes", , 400, "unread"],
  ["a search with a filter", "GET", "/messages?q=a&unread=true", , 400, "unread"],
  ["a search without a word", "GET", "/messages?q=%21", , 400, "q"],
  ["a broken percent sign", "GET", "/messages?q=%zz", , 400],
  ["an unknown member", "PATCH", "/messages/ID", { color: "red" }, 400, "color"],
  ["an empty change", "PATCH", "/messages/ID", {}, 400],
  ["a member of the wrong type", "PATCH", "/messages/ID", { unread: "no" }, 400, "unread"],
  ["a category that is none", "PATCH", "/messages/ID", { category: "junk" }, 400, "category"],
  ["a missing member", "POST", "/auth/login", { username: "admin" }, 400, "password"],
  ["a body that is no object", "POST", "/auth/login", [1], 400],
  ["a body where none goes", "POST", "/undo/0000000000001", {}, 400],
  ["a place in the log that is none", "GET", "/events/log?after=now", , 400, "after"],
  ["a message that is not there", "GET", "/messages/0000000000001", , 404],
  ["a path that is not there", "GET", "/nothing", , 404],
  ["a method that is not there", "DELETE", "/messages", , 405],
];

for (const [what, method, path, body, status, field] of cases) {
  test(what, async () => {
    const [{ id }] = (await jackdaw.get("/messages")).body.items;
    const answer = await jackdaw.ask(method, path.replace("ID", id), { body });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(answer.body.status, status);
    assert.ok(answer.body.title && answer.body.detail);
    assert.equal(answer.body.field, field);
  });
}

test("a body that is not JSON, not said to be, or too large", async () => {
  const post = (body, type) =>
    fetch(`${jackdaw.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
  assert.equal((await post("{", "application/json")).status, 400);
  assert.equal((await post("{}", "text/plain")).status, 415);
  assert.equal((await post("x".repeat(300 * 1024), "application/json")).status, 413);
});

test("every answer carries the headers that keep browsers safe", async () => {
  for (const path of ["/", "/api/v1/me", "/health/live", "/nothing.js"]) {
    const { headers } = await fetch(jackdaw.url + path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
    assert.match(headers.get("content-security-policy"), /frame-ancestors 'none'/, path);
  }
});

test("the front end's paths give its page, whatever they are", async () => {
  for (const path of ["/", "/inbox", "/thread/0000000000001"]) {
    const page = await fetch(jackdaw.url + path);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.match(page.headers.get("content-security-policy"), /default-src 'self'/);
  }
  assert.equal((await fetch(`${jackdaw.url}/assets/none.js`)).status, 404);
});

test("the API's own page lists what there is", async () => {
  const { body } = await jackdaw.get("/openapi.json", { token: null });
  assert.equal(body.openapi, "3.1.0");
  assert.ok(body.paths["/api/v1/messages"].get);
});

// Releases of rules by REST: made, edited, compared, checked, activated and rolled back, each by
// who may; and an activation under load, after which nothing is decided by what was before.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import { eventually, ID, OWNER, start } from "./lib.mjs";
import { PACK, ruleFor, rules, strays, switchBack } from "./rules.mjs";
import { query, settled } from "./store.mjs";
import { mails } from "./mails.mjs";
import { addUser } from "./users.mjs";

const NOWHERE = "0000000000001";

let jackdaw, admin, editor, kim, tokens;
before(async () => {
  jackdaw = await start({ mails: 3 });
  tokens = {
    editor: await addUser(jackdaw, "eve", "editor"),
    kim: await addUser(jackdaw, "kim", "user"),
    lou: await addUser(jackdaw, "lou", "user"),
  };
  admin = rules(jackdaw);
  editor = rules(jackdaw, tokens.editor);
  kim = rules(jackdaw, tokens.kim);
});
after(() => jackdaw?.stop());

const FILES = { "mine/pack.lua": PACK, "mine/rule.lua": ruleFor("letter", "work") };
const pathOf = (id, path) => `/releases/${id}/files?path=${path}`;

test("a release begins with the files of another, and is edited", async () => {
  const release = await editor.create("organisation", { comment: "lists of this autumn" });
  assert.match(release.id, ID);
  assert.deepEqual(
    [release.state, release.owner, release.author, release.comment, release.report, release.candidate],
    ["open", "organisation", "eve", "lists of this autumn", null, false],
  );
  const [base] = (await admin.call("GET", "/releases?owner=organisation", 200)).items.filter(({ state }) => state === "active");
  assert.equal(release.base_id, base.id);
  assert.ok(release.files.some(({ path }) => path === "standard/pack.lua"));
  assert.deepEqual(release.files, (await admin.get(base.id)).files);

  const content = 'return { name = "office", version = 1, api = 1 } -- "ä\t\u0001"\n';
  const put = await editor.put(release.id, "office/pack.lua", content);
  assert.equal(put.version, release.version + 1);
  assert.equal(put.files_count, release.files_count + 1);
  const file = await editor.call("GET", pathOf(release.id, "office/pack.lua"), 200);
  assert.deepEqual(file, { path: "office/pack.lua", bytes: Buffer.byteLength(content), content });
  const listed = (await editor.get(release.id)).files.find(({ path }) => path === file.path);
  assert.equal(listed.sha256, createHash("sha256").update(content).digest("hex"));
  await editor.call("DELETE", pathOf(release.id, "office/pack.lua"), 200);
  await editor.call("GET", pathOf(release.id, "office/pack.lua"), 404);
  await editor.call("DELETE", pathOf(release.id, "office/pack.lua"), 404);

  const described = await editor.call("PATCH", `/releases/${release.id}`, 200, { comment: "" });
  assert.equal(described.comment, "");
  await editor.call("DELETE", `/releases/${release.id}`, 204);
  await editor.call("GET", `/releases/${release.id}`, 404);
});

test("two editors do not overwrite one another", async () => {
  const { id } = await kim.create("me");
  const read = await jackdaw.ask("GET", `/rules/releases/${id}`, { token: tokens.kim });
  const tag = { "if-match": read.headers.get("etag") };
  await kim.call("PUT", pathOf(id, "mine/a.lua"), 200, { content: "" }, tag);
  await kim.call("PUT", pathOf(id, "mine/a.lua"), 412, { content: "-- late" }, tag);
  await kim.call("DELETE", pathOf(id, "mine/a.lua"), 412, undefined, tag);
  await kim.call("PUT", pathOf(id, "mine/a.lua"), 400, { content: "" }, { "if-match": "7" });
  assert.equal((await kim.call("GET", pathOf(id, "mine/a.lua"), 200)).content, "");
});

test("the largest text file fits, whatever it holds", async () => {
  const { id } = await kim.create("me");
  const content = "\u0001".repeat(256 * 1024); // six bytes each in JSON
  await kim.put(id, "mine/list.txt", content);
  assert.equal((await kim.call("GET", pathOf(id, "mine/list.txt"), 200)).content, content);
  await kim.call("PUT", pathOf(id, "mine/list.txt"), 400, { content: content + "x" });
});

test("a difference is told file by file and line by line", async () => {
  const first = await kim.create("me");
  await kim.put(first.id, "mine/a.lua", "-- one\n-- two\n-- three\n");
  await kim.put(first.id, "mine/b.lua", "-- gone\n");
  await kim.put(first.id, "mine/c.lua", "-- same\n");
  const second = await kim.create("me", { base: first.id });
  await kim.put(second.id, "mine/a.lua", "-- one\n-- 2\n-- three\n");
  await kim.call("DELETE", pathOf(second.id, "mine/b.lua"), 200);
  await kim.put(second.id, "mine/d.lua", "-- new\n");
  const diff = await kim.call("GET", `/releases/${second.id}/diff`, 200);
  assert.deepEqual(diff, {
    release_id: second.id,
    against_id: first.id,
    files: [
      { path: "mine/a.lua", status: "changed", added_lines: 1, removed_lines: 1, diff: "@@ -1,3 +1,3 @@\n -- one\n--- two\n+-- 2\n -- three\n" },
      { path: "mine/b.lua", status: "removed", added_lines: 0, removed_lines: 1, diff: "@@ -1,1 +0,0 @@\n--- gone\n" },
      { path: "mine/d.lua", status: "added", added_lines: 1, removed_lines: 0, diff: "@@ -0,0 +1,1 @@\n+-- new\n" },
    ],
  });
  assert.deepEqual((await kim.call("GET", `/releases/${first.id}/diff?against=${first.id}`, 200)).files, []);
  assert.equal((await kim.call("GET", `/releases/${first.id}/diff`, 200)).against_id, null);
});

test("what has not passed is not activated, and the reasons are told", async () => {
  const { id } = await kim.create("me");
  await kim.put(id, "mine/pack.lua", PACK);
  const unchecked = await kim.call("POST", `/releases/${id}/activate`, 409, {});
  assert.match(unchecked.detail, /not checked/);
  assert.equal(unchecked.reasons, undefined);
  await kim.put(id, "mine/rule.lua", "classify 'work' {\n");
  assert.equal((await kim.check(id)).passed, false);
  const refused = await kim.call("POST", `/releases/${id}/activate`, 409, {});
  assert.equal(refused.reasons[0].path, "mine/rule.lua");
  assert.ok(refused.reasons[0].line > 0 && refused.reasons[0].text, JSON.stringify(refused.reasons));
  await kim.call("POST", `/releases/${id}/candidate`, 409, {});

  await kim.put(id, "mine/rule.lua", ruleFor("letter", "work"));
  await kim.put(id, "mine/rule.test.lua", `test "wrong" {\n  given { from = "kim@home.example", subject = "letter", text = "hello" },\n  expect { category = "spam" },\n}\n`);
  const { passed, report } = await kim.check(id);
  assert.equal(passed, false, JSON.stringify(report));
  const [reason] = (await kim.call("POST", `/releases/${id}/activate`, 409, {})).reasons;
  assert.deepEqual([reason.path, reason.case], ["mine/rule.test.lua", "wrong"]);
  assert.ok(reason.line > 0 && reason.text);
  assert.equal((await kim.get(id)).state, "open");
});

test("activation, rollback and the log", async () => {
  await kim.call("POST", "/rollback", 409, { owner: "me" });
  const first = await kim.make("me", FILES, { comment: "one" });
  assert.equal(first.state, "tested");
  assert.equal((await kim.activate(first.id, "go")).state, "active");
  await kim.call("POST", `/releases/${first.id}/activate`, 409, {});
  await kim.call("PUT", pathOf(first.id, "mine/rule.lua"), 409, { content: "" });
  await kim.call("DELETE", `/releases/${first.id}`, 409);
  const second = await kim.make("me", { "mine/rule.lua": ruleFor("letter", "spam") });
  assert.equal(second.base_id, first.id);
  await kim.activate(second.id);
  assert.equal((await kim.get(first.id)).state, "retired");
  const back = await kim.call("POST", "/rollback", 200, { owner: "me", comment: "oh" });
  assert.deepEqual([back.id, back.state], [first.id, "active"]);
  const { items } = await kim.call("GET", "/log?owner=me", 200);
  assert.deepEqual(
    items.map(({ kind, from_id, to_id, author, comment }) => [kind, from_id, to_id, author, comment]),
    [
      ["rollback", second.id, first.id, "kim", "oh"],
      ["activate", first.id, second.id, "kim", ""],
      ["activate", null, first.id, "kim", "go"],
    ],
  );
});

test("a candidate stands beside the active release", async () => {
  await kim.call("DELETE", "/candidate?owner=me", 404);
  const release = await kim.make("me", FILES);
  assert.equal((await kim.call("POST", `/releases/${release.id}/candidate`, 200, { comment: "try" })).candidate, true);
  await kim.call("DELETE", `/releases/${release.id}`, 409);
  await kim.call("DELETE", "/candidate?owner=me", 204);
  assert.equal((await kim.get(release.id)).candidate, false);
  await kim.call("DELETE", `/releases/${release.id}`, 204);
});

test("lists are paged, newest first", async () => {
  const all = (await kim.call("GET", "/releases?owner=me&limit=200", 200)).items;
  assert.ok(all.length > 4);
  const paged = [];
  let cursor = "";
  do {
    const page = await kim.call("GET", `/releases?owner=me&limit=2${cursor}`, 200);
    paged.push(...page.items);
    cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
  } while (cursor);
  assert.deepEqual(paged, all);
  assert.deepEqual(all.map(({ number }) => number), all.map(({ number }) => number).sort((a, b) => b - a));
  const { next_cursor } = await kim.call("GET", "/releases?owner=me&limit=2", 200);
  await admin.call("GET", `/releases?owner=me&limit=2&cursor=${next_cursor}`, 400);
  assert.equal((await kim.call("GET", "/log?owner=me&limit=1", 200)).items.length, 1);
});

test("everybody sees what is theirs, and editors what is everybody's", async () => {
  const own = (await kim.create("me")).id;
  const common = (await editor.create("organisation")).id;
  const each = (id) => [
    ["GET", `/releases/${id}`],
    ["PATCH", `/releases/${id}`, { comment: "" }],
    ["GET", pathOf(id, "standard/pack.lua")],
    ["PUT", pathOf(id, "mine/pack.lua"), { content: "" }],
    ["DELETE", pathOf(id, "mine/pack.lua")],
    ["GET", `/releases/${id}/diff`],
    ["POST", `/releases/${id}/check`],
    ["POST", `/releases/${id}/activate`, {}],
    ["POST", `/releases/${id}/candidate`, {}],
    ["DELETE", `/releases/${id}`],
  ];
  const asked = async (token, [method, path, body]) => (await jackdaw.ask(method, `/rules${path}`, { body, token })).status;
  for (const request of each(own)) {
    for (const token of [tokens.lou, tokens.editor, jackdaw.token]) assert.equal(await asked(token, request), 404, request.join(" "));
    assert.equal(await asked(null, request), 401);
  }
  for (const request of each(common)) {
    for (const token of [tokens.lou, tokens.kim]) assert.equal(await asked(token, request), 404, request.join(" "));
  }
  for (const [method, path, body] of [
    ["GET", "/releases?owner=organisation"],
    ["GET", "/log?owner=organisation"],
    ["POST", "/releases", { owner: "organisation" }],
    ["POST", "/rollback", { owner: "organisation" }],
    ["DELETE", "/candidate?owner=organisation"],
  ]) {
    assert.equal(await asked(tokens.kim, [method, path, body]), 403, path);
    assert.equal(await asked(null, [method, path, body]), 401, path);
  }
  await editor.check(common);
  for (const path of [`/releases/${common}/activate`, `/releases/${common}/candidate`]) {
    assert.equal(await asked(tokens.editor, ["POST", path, {}]), 403);
  }
  assert.equal(await asked(tokens.editor, ["POST", "/rollback", { owner: "organisation" }]), 403);
  await kim.call("GET", `/releases/${own}/diff?against=${common}`, 404);
  await kim.call("POST", "/releases", 404, { owner: "me", base: common });
  await admin.call("POST", "/releases", 404, { owner: "organisation", base: own });
  assert.ok(!(await rules(jackdaw, tokens.lou).call("GET", "/releases?owner=me", 200)).items.length);
});

test("bad fields are named", async () => {
  const { id } = await kim.create("me");
  const organisation = (await admin.create("organisation")).id;
  const own = (await admin.create("me")).id;
  const cases = [
    [kim, "GET", "/releases", undefined, "owner"],
    [kim, "GET", "/releases?owner=you", undefined, "owner"],
    [kim, "GET", "/log", undefined, "owner"],
    [kim, "GET", "/releases?owner=me&limit=0", undefined, "limit"],
    [kim, "GET", "/releases?owner=me&cursor=x", undefined, "cursor"],
    [kim, "DELETE", "/candidate", undefined, "owner"],
    [kim, "POST", "/releases", {}, "owner"],
    [kim, "POST", "/releases", { owner: 7 }, "owner"],
    [kim, "POST", "/releases", { owner: "me", base: "x" }, "base"],
    [kim, "POST", "/releases", { owner: "me", comment: "x".repeat(1001) }, "comment"],
    [kim, "POST", "/releases", { owner: "me", more: 1 }, "more"],
    [admin, "POST", "/releases", { owner: "me", base: organisation }, "base"],
    [admin, "POST", "/releases", { owner: "organisation", base: own }, "base"],
    [kim, "POST", "/rollback", {}, "owner"],
    [kim, "PATCH", `/releases/${id}`, {}, "comment"],
    [kim, "GET", `/releases/${id}/files`, undefined, "path"],
    [kim, "PUT", `/releases/${id}/files`, { content: "" }, "path"],
    [kim, "PUT", pathOf(id, "nofolder.lua"), { content: "" }, "path"],
    [kim, "PUT", pathOf(id, "../up/up.lua"), { content: "" }, "path"],
    [kim, "PUT", pathOf(id, "a/.hidden"), { content: "" }, "path"],
    [kim, "PUT", pathOf(id, "mine/a.lua"), {}, "content"],
    [kim, "PUT", pathOf(id, "mine/a.lua"), { content: 7 }, "content"],
    [kim, "GET", `/releases/${id}/diff?against=x`, undefined, "against"],
    [kim, "POST", `/releases/${id}/activate`, { comment: 7 }, "comment"],
  ];
  for (const [who, method, path, body, field] of cases) {
    assert.equal((await who.call(method, path, 400, body)).field, field, `${method} ${path}`);
  }
  for (const nowhere of [NOWHERE, "nonsense"]) await admin.call("GET", `/releases/${nowhere}`, 404);
  const wrong = await jackdaw.ask("PUT", "/rules/releases");
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, POST, OPTIONS"]);
});

test("an activation under load is exact", { timeout: 180_000 }, async () => {
  const [account] = (await jackdaw.get("/accounts")).body.items;
  // Once it is found from the mail, everything is decided again, and the verdicts before are gone.
  await jackdaw.ask("PATCH", `/accounts/${account.id}`, { body: { address: OWNER } });
  const all = [...mails({ seed: 30, count: 1500 })];
  const first = await admin.make("organisation", {});
  const second = await admin.make("organisation", { "office/pack.lua": PACK.replace("mine", "office") });
  await admin.activate(first.id);
  for (const text of all.slice(0, 500)) await jackdaw.deliver(text);
  const delivering = (async () => {
    for (const text of all.slice(500)) await jackdaw.deliver(text);
  })();
  await switchBack(jackdaw, second, 10, all.length);
  await delivering;
  await eventually("all decided", () => settled(jackdaw, all.length));
  assert.deepEqual(await strays(jackdaw), []);
  const used = await query(jackdaw, "SELECT count(DISTINCT release_id) AS count FROM analyses");
  assert.ok(used[0].count > 1, "nothing was decided between two switches");
});

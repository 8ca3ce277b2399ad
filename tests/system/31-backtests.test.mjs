// Back-tests by REST: a release tried on past mail says what would change, and changes nothing
// but its own result.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { isDeepStrictEqual, promisify } from "node:util";

import { eventually, ID, start } from "./lib.mjs";
import { mails } from "./mails.mjs";
import { PACK, ruleFor, rules } from "./rules.mjs";
import { databaseOf, query, settled } from "./store.mjs";
import { addUser } from "./users.mjs";

const execute = promisify(execFile);
const NOWHERE = "0000000000001";
const LETTERS = 30;
const FIGURES_MS = 2500; // longer than a worker gathers them

let jackdaw, admin, kim, release, total;
before(async () => {
  jackdaw = await start({ mails: LETTERS });
  for (const text of mails({ seed: 31, count: 300 })) await jackdaw.deliver(text);
  admin = rules(jackdaw);
  kim = rules(jackdaw, await addUser(jackdaw, "kim", "user"));
  await eventually("all decided", () => settled(jackdaw, jackdaw.delivered));
  release = await admin.make("me", { "mine/pack.lua": PACK, "mine/rule.lua": ruleFor("letter", "spam") });
  total = (await jackdaw.get("/messages/counts")).body.total;
});
after(() => jackdaw?.stop());

const run = async (body) => {
  const { id } = await admin.call("POST", "/backtests", 201, { release: release.id, ...body });
  return eventually("the back-test", async () => {
    const now = await admin.call("GET", `/backtests/${id}`, 200);
    return now.state !== "running" && now;
  });
};
const sum = (list) => list.reduce((all, { count }) => all + count, 0);

async function changesOf(id) {
  const all = [];
  let cursor = "";
  do {
    const page = await admin.call("GET", `/backtests/${id}/changes?limit=7${cursor}`, 200);
    all.push(...page.items);
    cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
  } while (cursor);
  return all;
}

/** A hash of each table, of every row that a back-test must leave alone. The times of the watch on an account
 * and leases go on by themselves; the full-text index is merged when there is time. */
async function fingerprint() {
  const own = /^(jobs|answers|backtests|backtest_counts|backtest_changes|release_log|leases|search.*|sqlite_.*)$/;
  const hashes = {};
  const tables = await query(jackdaw, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  for (const { name } of tables.filter((table) => !own.test(table.name))) {
    const columns = (await query(jackdaw, `SELECT name FROM pragma_table_info('${name}') ORDER BY cid`))
      .map((column) => column.name)
      .filter((column) => !(name === "accounts" && ["synced_ms", "cursor", "listing"].includes(column)));
    const others = { events: "WHERE stream <> 'system'", streams: "WHERE name <> 'system'" };
    const sql = `SELECT ${columns.join(", ")} FROM ${name} ${others[name] ?? ""} ORDER BY ${columns.join(", ")}`;
    const { stdout } = await execute("sqlite3", ["-readonly", "-quote", databaseOf(jackdaw), sql], { maxBuffer: 1 << 28 });
    hashes[name] = createHash("sha256").update(stdout).digest("hex");
  }
  return hashes;
}

/** The same once nothing moves any more: figures of rules are written some seconds late. */
async function restingFingerprint() {
  let last = await fingerprint();
  return eventually("rest", async () => {
    await new Promise((done) => setTimeout(done, FIGURES_MS));
    const now = await fingerprint();
    const rests = isDeepStrictEqual(now, last);
    last = now;
    return rests && now;
  });
}

test("it says what would change, and has no side effect", async () => {
  const before = await restingFingerprint();
  const done = await run({});
  assert.deepEqual(await restingFingerprint(), before);
  assert.match(done.id, ID);
  assert.deepEqual([done.state, done.release_id, done.total, done.done, done.unreadable, done.error], ["done", release.id, total, total, 0, ""]);
  assert.deepEqual(done.selection, {});
  assert.ok(done.ended >= done.created);
  const { categories, priorities, needs_reply, tasks, hits, failures, labels } = done.report;
  for (const matrix of [categories, priorities, needs_reply]) assert.equal(sum(matrix), total);
  const toSpam = categories.filter(({ was, now }) => was !== "spam" && now === "spam");
  assert.ok(sum(toSpam) >= LETTERS, JSON.stringify(categories));
  assert.ok(hits.find(({ rule }) => rule === "mine/by subject").count >= LETTERS, JSON.stringify(hits.slice(0, 5)));
  assert.ok(hits.some(({ rule }) => rule.startsWith("standard/")));
  assert.deepEqual([failures, labels], [[], []]);
  assert.ok(tasks.same + tasks.lost > 0);
  const changes = await changesOf(done.id);
  assert.equal(changes.length, done.changed);
  assert.equal(new Set(changes.map(({ message_id }) => message_id)).size, changes.length);
  const letter = changes.find(({ subject }) => subject === "Letter 3");
  assert.deepEqual([letter.now.category, letter.from_address], ["spam", "kim@home.example"]);
  const { body } = await jackdaw.get(`/messages/${letter.message_id}`);
  assert.equal(body.category, letter.was.category);
});

test("the rules that are active change nothing", async () => {
  const active = (await admin.call("GET", "/releases?owner=organisation", 200)).items.find(({ state }) => state === "active");
  const done = await run({ release: active.id });
  assert.deepEqual([done.state, done.done, done.changed], ["done", total, 0]);
  assert.deepEqual((await changesOf(done.id)), []);
});

test("a selection is what was asked for", async () => {
  const [account] = (await jackdaw.get("/accounts")).body.items;
  const { body } = await jackdaw.get("/messages/counts");
  const { category, total: count } = body.items.find((one) => one.total > 0);
  assert.equal((await run({ last: 10 })).total, 10);
  assert.equal((await run({ category })).total, count);
  assert.equal((await run({ account: account.id })).total, total);
  const newest = (await jackdaw.get("/messages?limit=5")).body.items;
  const since = await run({ from: newest[4].received });
  assert.ok(since.total >= 5 && since.total < total);
  assert.deepEqual(since.selection, { from: newest[4].received });
  assert.equal((await run({ until: newest[4].received })).total, total - since.total);
});

test("what the user corrected says how right both are", async () => {
  const letters = (await changesOf((await run({})).id)).filter(({ subject }) => /^Letter /.test(subject));
  const correct = (message, category) => jackdaw.ask("PATCH", `/messages/${message.message_id}`, { body: { category } });
  for (const message of letters.slice(0, 4)) assert.equal((await correct(message, "spam")).status, 200);
  assert.equal((await correct(letters[4], "meeting")).status, 200);
  const { report } = await run({});
  const of = (category) => report.labels.find((one) => one.category === category);
  const spam = of("spam"), meeting = of("meeting");
  assert.equal(spam.labelled, 4);
  assert.deepEqual(spam.was, { said: 0, right: 0, precision: null, recall: 0 });
  assert.deepEqual(spam.now, { said: 5, right: 4, precision: 0.8, recall: 1 });
  assert.deepEqual([meeting.labelled, meeting.now], [1, { said: 0, right: 0, precision: null, recall: 0 }]);
});

test("one is cancelled, listed and dropped", async () => {
  const { id } = await admin.call("POST", "/backtests", 201, { release: release.id });
  const running = await jackdaw.ask("DELETE", `/rules/backtests/${id}`);
  const cancelled = await jackdaw.ask("POST", `/rules/backtests/${id}/cancel`);
  if (cancelled.status === 200) {
    assert.equal(running.status, 409);
    assert.equal(cancelled.body.state, "cancelled");
  } // else it was quicker
  await admin.call("POST", `/backtests/${id}/cancel`, 409);
  const { items, next_cursor } = await admin.call("GET", "/backtests?limit=2", 200);
  assert.equal(items.length, 2);
  assert.ok(items[0].id > items[1].id);
  const more = await admin.call("GET", `/backtests?limit=2&cursor=${next_cursor}`, 200);
  assert.ok(more.items[0].id < items[1].id);
  for (const one of items) await admin.call("DELETE", `/backtests/${one.id}`, 204);
  await admin.call("GET", `/backtests/${items[0].id}`, 404);
  await admin.call("GET", `/backtests/${items[0].id}/changes`, 404);
});

test("nobody else sees it, and bad fields are named", async () => {
  const { id } = await run({ last: 1 });
  const each = [
    ["GET", `/backtests/${id}`],
    ["GET", `/backtests/${id}/changes`],
    ["POST", `/backtests/${id}/cancel`],
    ["DELETE", `/backtests/${id}`],
  ];
  for (const [method, path] of each) {
    await kim.call(method, path, 404);
    assert.equal((await jackdaw.ask(method, `/rules${path}`, { token: null })).status, 401);
    await admin.call(method, path.replace(id, NOWHERE), 404);
    await admin.call(method, path.replace(id, "nonsense"), 404);
  }
  assert.deepEqual((await kim.call("GET", "/backtests", 200)).items, []);
  for (const [method, path] of [["GET", "/rules/backtests"], ["POST", "/rules/backtests"]]) {
    assert.equal((await jackdaw.ask(method, path, { token: null })).status, 401);
  }
  const common = (await admin.call("GET", "/releases?owner=organisation", 200)).items[0].id;
  for (const foreign of [release.id, common, NOWHERE]) await kim.call("POST", "/backtests", 404, { release: foreign });
  const own = await kim.create("me");
  assert.match((await kim.call("POST", "/backtests", 400, { release: own.id })).detail, /no message/);
  const cases = [
    [{ release: undefined }, "release"],
    [{ release: "x" }, "release"],
    [{ last: 0 }, "last"],
    [{ last: "7" }, "last"],
    [{ last: 1_000_001 }, "last"],
    [{ category: "fun" }, "category"],
    [{ account: "x" }, "account"],
    [{ from: "yesterday" }, "from"],
    [{ until: 7 }, "until"],
    [{ ids: [] }, "ids"],
  ];
  for (const [body, field] of cases) {
    const answer = await admin.call("POST", "/backtests", 400, { release: release.id, ...body });
    assert.equal(answer.field, field, JSON.stringify(body));
  }
  assert.equal((await admin.call("POST", "/backtests", 404, { release: release.id, account: NOWHERE })).field, "account");
});

// Questions that a worker answers while the request waits: a check, and what another release
// would say of a message. How long it takes is told; what is late is read later.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, ID, start } from "./lib.mjs";
import { processes } from "./processes.mjs";
import { PACK, ruleFor, rules } from "./rules.mjs";
import { query } from "./store.mjs";
import { addUser } from "./users.mjs";

const ROUNDS = 30;

let jackdaw, mine, kim;
before(async () => {
  jackdaw = await start({ mails: 4 });
  mine = rules(jackdaw);
  kim = await addUser(jackdaw, "kim", "user");
});
after(() => jackdaw?.stop());

const messages = async () => (await jackdaw.get("/messages")).body.items;
const replay = (id, release, options) =>
  jackdaw.ask("POST", `/messages/${id}/replay`, { body: { release }, ...options });

test("a check leaves its report on the release, and no question behind", async () => {
  const { id } = await mine.create("me");
  await mine.put(id, "mine/pack.lua", PACK);
  await mine.put(id, "mine/rule.lua", "classify 'work' {\n");
  const failed = await mine.check(id);
  assert.deepEqual([failed.passed, failed.state], [false, "open"]);
  assert.deepEqual([failed.report.problems[0].path, failed.report.problems[0].line > 0], ["mine/rule.lua", true]);
  assert.deepEqual((await mine.get(id)).report, failed.report);
  await mine.put(id, "mine/rule.lua", ruleFor("invoice", "receipt"));
  const passed = await mine.check(id);
  assert.deepEqual([passed.passed, passed.state], [true, "tested"], JSON.stringify(passed.report));
  assert.deepEqual(await query(jackdaw, "SELECT * FROM jobs WHERE kind = 'ask'"), []);
});

test("a replay says both verdicts and stores nothing", async () => {
  const [message] = await messages();
  const before = await query(jackdaw, "SELECT * FROM analyses ORDER BY message_id");
  const release = await mine.make("me", { "mine/pack.lua": PACK, "mine/rule.lua": ruleFor("letter", "spam") });
  const { status, body } = await replay(message.id, release.id);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.message_id, message.id);
  assert.equal(body.was.category, message.category);
  assert.equal(body.was.user_release_id, null);
  assert.equal(body.now.category, "spam");
  assert.equal(body.now.user_release_id, release.id);
  assert.match(body.now.release_id, ID);
  assert.ok(body.now.analysis.evidence.some(({ id }) => id.startsWith("mine/")));
  assert.ok(!body.was.analysis.evidence.some(({ id }) => id.startsWith("mine/")));
  assert.deepEqual(await query(jackdaw, "SELECT * FROM analyses ORDER BY message_id"), before);
  const active = (await mine.call("GET", "/releases?owner=organisation", 200)).items.find((one) => one.state === "active");
  const same = (await replay(message.id, active.id)).body;
  assert.equal(same.now.category, same.was.category);
  assert.deepEqual(same.now.tasks, same.was.tasks);
});

test("an edit is seen by the next replay", async () => {
  const [message] = await messages();
  const release = await mine.make("me", { "mine/pack.lua": PACK, "mine/rule.lua": ruleFor("letter", "spam") });
  assert.equal((await replay(message.id, release.id)).body.now.category, "spam");
  await mine.put(release.id, "mine/rule.lua", ruleFor("letter", "promotion"));
  assert.equal((await replay(message.id, release.id)).body.now.category, "promotion");
});

test("why a rule did not fire is told on demand", async () => {
  const [message] = await messages();
  const plain = await jackdaw.get(`/messages/${message.id}/explain`);
  assert.equal(plain.body.not_fired, undefined);
  assert.deepEqual((await jackdaw.get(`/messages/${message.id}/explain?why_not=false`)).body, plain.body);
  const { status, body } = await jackdaw.get(`/messages/${message.id}/explain?why_not=true`);
  assert.equal(status, 200, JSON.stringify(body));
  const { not_fired, ...rest } = body;
  assert.deepEqual(rest, plain.body);
  assert.ok(not_fired.length > 10);
  const fired = new Set(body.analysis.evidence.map(({ id }) => id));
  for (const one of not_fired) {
    assert.ok(one.rule && one.condition, JSON.stringify(one));
    assert.ok(one.evidence === null || (one.evidence.startsWith(one.rule) && !fired.has(one.evidence)), one.evidence);
  }
  assert.equal((await jackdaw.get(`/messages/${message.id}/explain?why_not=1`)).body.field, "why_not");
  assert.equal((await jackdaw.get(`/messages/${message.id}/explain?why_not=true`, { token: kim })).status, 404);
  assert.equal((await jackdaw.get(`/messages/${message.id}/explain?why_not=true`, { token: null })).status, 401);
});

test("questions are refused where they make no sense", async () => {
  const [message] = await messages();
  const release = await mine.make("me", { "mine/pack.lua": PACK });
  const cases = [
    [await replay("0000000000001", release.id), 404],
    [await replay("nonsense", release.id), 404],
    [await replay(message.id, "0000000000001"), 404, "release"],
    [await replay(message.id, "nonsense"), 400, "release"],
    [await replay(message.id, 7), 400, "release"],
    [await replay(message.id, release.id, { token: kim }), 404],
    [await replay(message.id, release.id, { token: null }), 401],
    [await jackdaw.ask("POST", `/messages/${message.id}/replay`, { body: {} }), 400, "release"],
    [await jackdaw.ask("POST", `/rules/releases/${release.id}/check`, { token: kim }), 404],
    [await jackdaw.ask("POST", `/rules/releases/${release.id}/check`, { token: null }), 401],
    [await jackdaw.get("/answers/nonsense"), 404],
    [await jackdaw.get("/answers/0000000000001"), 404],
    [await jackdaw.get("/answers/0000000000001", { token: null }), 401],
  ];
  for (const [at, [{ status, body }, expected, field]] of cases.entries()) {
    assert.equal(status, expected, `case ${at}: ${JSON.stringify(body)}`);
    assert.equal(body.field, field, `case ${at}`);
  }
});

/** Seconds that questions have kept a worker so far. */
async function worked() {
  const text = await (await fetch(`http://127.0.0.1:${jackdaw.metricsPort}/metrics`)).text();
  return Number(/^jackdaw_ask_seconds_sum (.*)$/m.exec(text)[1]);
}

test("a question beside its work costs little", async (t) => {
  const { id } = await mine.create("organisation"); // with the standard pack and its tests
  await mine.check(id);
  const before = await worked();
  const begin = performance.now();
  for (let i = 0; i < ROUNDS; i++) await mine.check(id);
  const each = (performance.now() - begin) / ROUNDS;
  const work = (1000 * ((await worked()) - before)) / ROUNDS;
  t.diagnostic(`a check of the standard pack takes ${each.toFixed(1)} ms, of which a worker has it for ${work.toFixed(1)} ms`);
});

test("a worker that dies with a question in its hands is replaced, and the question answered", async () => {
  const { id } = await mine.create("organisation");
  for (let i = 0; i < 3; i++) {
    const asked = jackdaw.ask("POST", `/rules/releases/${id}/check`);
    await eventually("the question", async () => (await query(jackdaw, "SELECT 1 FROM jobs WHERE kind = 'ask'")).length);
    const family = await processes(jackdaw.process.pid);
    for (const { pid } of family.filter(({ kind }) => kind === "worker")) process.kill(pid, "SIGKILL");
    const { status, body } = await asked;
    assert.equal(status, 200, JSON.stringify(body));
    await eventually("a worker", async () => (await processes(jackdaw.process.pid)).some(({ kind }) => kind === "worker"));
  }
});

test("without a worker a question is answered late, and to who asked", { timeout: 120_000 }, async () => {
  const { id } = await mine.make("me", { "mine/pack.lua": PACK });
  const family = await processes(jackdaw.process.pid);
  const workers = family.filter(({ kind }) => kind === "worker").map(({ pid }) => pid);
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  const begin = Date.now();
  const late = await jackdaw.ask("POST", `/rules/releases/${id}/check`);
  const waited = Date.now() - begin;
  assert.equal(late.status, 504, JSON.stringify(late.body));
  assert.ok(waited >= 9_900 && waited < 15_000, `${waited} ms`);
  assert.match(late.body.job, ID);
  assert.equal(late.headers.get("location"), `/api/v1/answers/${late.body.job}`);
  const answer = (options) => jackdaw.get(`/answers/${late.body.job}`, options);
  assert.equal((await answer()).status, 202);
  assert.equal((await answer({ token: kim })).status, 404);
  for (const pid of workers) process.kill(pid, "SIGCONT");
  const { body } = await eventually("the answer", async () => {
    const now = await answer();
    return now.status === 200 && now;
  });
  assert.equal(body.passed, true);
  assert.equal((await answer({ token: kim })).status, 404);
});

test("a stop leaves nobody waiting", { timeout: 120_000 }, async () => {
  const { id } = await mine.create("me");
  const family = await processes(jackdaw.process.pid);
  const workers = family.filter(({ kind }) => kind === "worker").map(({ pid }) => pid);
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  const asked = jackdaw.ask("POST", `/rules/releases/${id}/check`);
  await eventually("the question", async () => (await query(jackdaw, "SELECT 1 FROM jobs WHERE kind = 'ask'")).length);
  const ended = jackdaw.end();
  const { status, body } = await asked;
  assert.equal(status, 503, JSON.stringify(body));
  assert.match(body.job, ID);
  for (const pid of workers) process.kill(pid, "SIGCONT");
  await ended;
});

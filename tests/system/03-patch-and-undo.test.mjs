// Changes by the user: versions, corrections, and that each can be taken back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, ID, mail, OWNER, start } from "./lib.mjs";

let jackdaw;
let messages;
before(async () => {
  jackdaw = await start({ mails: 6 });
  messages = (await jackdaw.get("/messages")).body.items;
});
after(() => jackdaw?.stop());

const patch = (id, body, headers) => jackdaw.ask("PATCH", `/messages/${id}`, { body, headers });
const undo = (operation) => jackdaw.ask("POST", `/undo/${operation}`);
const other = (category) => (category === "spam" ? "work" : "spam");

test("a change answers the message as it is now, and what undoes it", async () => {
  const [{ id, category, unread, version }] = messages;
  const answer = await patch(id, { category: other(category), unread: !unread });
  assert.equal(answer.status, 200);
  assert.match(answer.body.operation, ID);
  assert.equal(answer.body.message.category, other(category));
  assert.equal(answer.body.message.unread, !unread);
  assert.equal(answer.body.message.corrected, true);
  assert.ok(answer.body.message.version > version);
  assert.equal(answer.headers.get("etag"), `"${answer.body.message.version}"`);

  const undone = await undo(answer.body.operation);
  assert.deepEqual(undone.body.items, [{ object: "message", id, result: "undone" }]);
  const { body } = await jackdaw.get(`/messages/${id}`);
  assert.equal(body.category, category);
  assert.equal(body.unread, unread);
  assert.equal(body.corrected, false);

  const again = await undo(answer.body.operation);
  assert.deepEqual(again.body, undone.body);

  const redone = await undo(undone.body.operation);
  assert.equal(redone.body.items[0].result, "undone");
  assert.equal((await jackdaw.get(`/messages/${id}`)).body.category, other(category));
});

test("a change to a version that is not the present one is refused", async () => {
  const { id, unread } = messages[1];
  const etag = (await jackdaw.get(`/messages/${id}`)).headers.get("etag");
  assert.equal((await patch(id, { unread: !unread }, { "if-match": etag })).status, 200);
  const late = await patch(id, { category: "spam" }, { "if-match": etag });
  assert.equal(late.status, 412);
  assert.notEqual((await jackdaw.get(`/messages/${id}`)).body.category, "spam");
});

test("undo leaves alone what was changed since, until that is undone", async () => {
  const { id, category } = messages[2];
  const first = await patch(id, { category: other(category) });
  const second = await patch(id, { category: "newsletter" });
  const answer = await undo(first.body.operation);
  assert.deepEqual(answer.body, {
    operation: null,
    items: [{ object: "message", id, result: "changed_since" }],
  });
  assert.equal((await jackdaw.get(`/messages/${id}`)).body.category, "newsletter");
  assert.equal((await undo(second.body.operation)).body.items[0].result, "undone");
  assert.equal((await undo(first.body.operation)).body.items[0].result, "undone");
  assert.equal((await jackdaw.get(`/messages/${id}`)).body.category, category);
});

test("undo works to the bottom and redo back up, each member for itself", async () => {
  const { id } = messages[4];
  const shown = async () => {
    const { body } = await jackdaw.get(`/messages/${id}`);
    return { unread: body.unread, category: body.category, flagged: body.flagged };
  };
  const states = [await shown()];
  let operations = [];
  for (const change of [{ unread: !states[0].unread }, { category: "receipt" },
                        { flagged: !states[0].flagged }]) {
    operations.push((await patch(id, change)).body.operation);
    states.push(await shown());
  }
  const takeBack = async (operation) => {
    const { body } = await undo(operation);
    assert.deepEqual(body.items, [{ object: "message", id, result: "undone" }]);
    return body.operation;
  };
  for (const round of ["once", "again"]) {
    const undoings = [];
    for (const i of [2, 1, 0]) {
      undoings.push(await takeBack(operations[i]));
      assert.deepEqual(await shown(), states[i], round);
    }
    operations = [];
    for (const i of [0, 1, 2]) {
      operations.push(await takeBack(undoings.pop()));
      assert.deepEqual(await shown(), states[i + 1], round);
    }
  }
  await takeBack(operations[0]); // nothing later touched it
  assert.deepEqual(await shown(), { ...states[3], unread: states[0].unread });
  const { body } = await jackdaw.get("/operations?limit=1");
  assert.match(body.items[0].summary, /^undid: marked as /);
});

test("tasks are finished and reopened", async () => {
  const [account] = (await jackdaw.get("/accounts")).body.items;
  const told = await jackdaw.ask("PATCH", `/accounts/${account.id}`, { body: { address: OWNER } });
  assert.deepEqual(told.body.addresses, [OWNER]);
  await jackdaw.deliver(mail(700, { subject: "A page" })); // asks the owner for something
  // While what the address touches is decided again, a task may give way to its successor.
  const { task, done } = await eventually("a task that is finished", async () => {
    const [task] = (await jackdaw.get("/tasks?state=open")).body.items;
    const done = task && (await jackdaw.ask("PATCH", `/tasks/${task.id}`, { body: { state: "done" } }));
    return done?.status === 200 && { task, done };
  });
  const open = (await jackdaw.get("/tasks?state=open")).body.items;
  assert.ok(!open.some((each) => each.id === task.id));
  const answer = await undo(done.body.operation);
  assert.deepEqual(answer.body.items, [{ object: "task", id: task.id, result: "undone" }]);
});

test("the operations tell what was done, newest first", async () => {
  const { body } = await jackdaw.get("/operations?limit=200");
  const ids = body.items.map((item) => item.id);
  assert.deepEqual(ids, [...ids].sort().reverse());
  assert.ok(body.items.some((item) => item.undone_by !== null));
});

test("the explanation names the evidence", async () => {
  const { status, body } = await jackdaw.get(`/messages/${messages[3].id}/explain`);
  assert.equal(status, 200);
  assert.equal(body.message_id, messages[3].id);
  assert.ok(Array.isArray(body.analysis.evidence));
  assert.match(body.release_id, ID);
});

test("what is not there cannot be undone or changed", async () => {
  assert.equal((await undo("0000000000001")).status, 410);
  assert.equal((await patch("0000000000001", { unread: true })).status, 404);
  assert.equal((await patch("nonsense", { unread: true })).status, 404);
});

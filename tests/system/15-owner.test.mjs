// Whose mailbox it is, is found from the mail, also when the mailbox began empty, and from To
// alone where no mail says to whom it was delivered.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, mail, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const account = async () => (await jackdaw.get("/accounts")).body.items[0];

test("an empty mailbox has no owner yet", async () => {
  assert.deepEqual((await account()).addresses, []);
});

test("the first mail that names its recipient tells the owner", async () => {
  await jackdaw.deliver(mail(1)); // one To alone says too little
  await jackdaw.decided(1);
  assert.deepEqual((await account()).addresses, []);
  await jackdaw.deliver(`Delivered-To: robin@home.example\r\n${mail(2)}`);
  await jackdaw.decided(2);
  const found = await eventually("an owner", async () => {
    const now = await account();
    return now.addresses.length ? now : null;
  });
  assert.deepEqual(found.addresses, ["robin@home.example"]);
  assert.equal(found.addresses_found, true);
});

test("what was decided without an owner is decided again: a request becomes a task", async () => {
  const { body } = await eventually("tasks of both mails", async () => {
    const answer = await jackdaw.get("/tasks");
    return answer.body.items.length >= 2 ? answer : null;
  });
  assert.equal(body.items.length, 2);
});

test("where no mail says to whom it was delivered, the one it was written to is the owner", async () => {
  const plain = await start();
  try {
    for (let i = 0; i < 6; i++) await plain.deliver(`List-Post: <mailto:${i}>\r\n${mail(i)}`);
    await plain.decided(6);
    for (let i = 6; i < 10; i++) await plain.deliver(mail(i));
    await plain.decided(10);
    const addresses = async () => (await plain.get("/accounts")).body.items[0].addresses;
    assert.deepEqual(await addresses(), []);
    await plain.deliver(mail(10));
    const found = await eventually("an owner", async () => {
      const now = await addresses();
      return now.length ? now : null;
    });
    assert.deepEqual(found, ["robin@home.example"]);
    const tasks = async () => (await plain.get("/tasks")).body.items.length;
    await eventually("a task of each letter", async () => (await tasks()) >= 5);
  } finally {
    await plain.stop();
  }
});

// Mails whose sum no compute child takes at once are read one after another, and none is lost.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mail, start } from "./lib.mjs";

test("large mails share a first listing", async () => {
  const jackdaw = await start();
  try {
    await jackdaw.end();
    const line = "Could you send me the plan by Friday, please?\r\n";
    const text = line.repeat(Math.ceil((40 << 20) / line.length));
    for (let i = 0; i < 2; i++) await jackdaw.deliver(mail(i, { text }));
    for (let i = 2; i < 6; i++) await jackdaw.deliver(mail(i));
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.decided(6);
    const { body } = await jackdaw.get("/jobs");
    assert.deepEqual(body.items.filter((job) => job.kind === "analyse"), []);
    assert.doesNotMatch(jackdaw.output, /a job failed/);
  } finally {
    await jackdaw.stop();
  }
});

test("a mail that is cut says so, and one that is whole does not", async () => {
  const jackdaw = await start({ mails: 1 });
  try {
    await jackdaw.deliver(
      mail(7, { subject: "Deep", text: "<div>".repeat(5000) + "the words" }).replace("text/plain", "text/html"),
    );
    await jackdaw.decided(2);
    const { body } = await jackdaw.get("/messages");
    for (const { id, subject } of body.items) {
      const message = (await jackdaw.get(`/messages/${id}`)).body;
      assert.equal(message.truncated, subject === "Deep", subject);
    }
    assert.doesNotMatch(jackdaw.output, /remove demo mail/);
  } finally {
    await jackdaw.stop();
  }
});

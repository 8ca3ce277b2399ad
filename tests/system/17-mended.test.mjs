// What got stuck goes on: items that say they are in a job, and there is none; many mails at
// once while all are busy. And what is removed leaves nothing behind.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { eventually, mail, start } from "./lib.mjs";
import { databaseOf, progress, settled } from "./store.mjs";

const execute = promisify(execFile);

test("items whose job is lost are taken up again", async () => {
  const jackdaw = await start({ mails: 5 });
  try {
    await jackdaw.end();
    await execute("sqlite3", [databaseOf(jackdaw), "UPDATE items SET state = 2; DELETE FROM jobs"]);
    jackdaw.spawn();
    await jackdaw.ready();
    await eventually("all five are decided", async () => {
      const { decided, jobs } = await progress(jackdaw);
      return decided === 5 && jobs === 0;
    });
    await jackdaw.signIn();
    assert.equal((await jackdaw.get("/messages/counts")).body.total, 5);
  } finally {
    await jackdaw.stop();
  }
});

test("bursts of new mail while the worker is busy lose nothing", async () => {
  const jackdaw = await start({ settings: "workers: 1\ncompute: 1\n" });
  const [bursts, each] = [24, 50];
  try {
    for (let burst = 0; burst < bursts; burst++) {
      const from = burst * each;
      const letters = Array.from({ length: each }, (_, i) => mail(from + i));
      await Promise.all(letters.map((letter) => jackdaw.deliver(letter)));
    }
    await jackdaw.decided(bursts * each);
    // Some twice: the owner is found meanwhile.
    await eventually("nothing is left to do", () => settled(jackdaw, bursts * each));
    const { body } = await jackdaw.get("/accounts");
    assert.equal(body.items[0].decided, bursts * each);
    assert.equal((await jackdaw.get("/messages/counts")).body.total, bursts * each);
  } finally {
    await jackdaw.stop();
  }
});

test("an account that is removed leaves no folder", async () => {
  const jackdaw = await start({ mails: 3 });
  try {
    const folders = () => readdir(join(jackdaw.data, "accounts"));
    assert.equal((await folders()).length, 1);
    const { body } = await jackdaw.get("/accounts");
    await jackdaw.ask("DELETE", `/accounts/${body.items[0].id}`);
    await eventually("the account is gone", async () => {
      return (await jackdaw.get("/accounts")).body.items.length === 0;
    });
    assert.deepEqual(await folders(), []);
  } finally {
    await jackdaw.stop();
  }
});

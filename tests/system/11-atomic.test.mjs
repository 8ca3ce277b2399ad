// An effect, its event row and the end of its job are never seen apart: under load, while
// workers and compute children are killed, every snapshot of the database must satisfy each of
// the rules below.

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, prepare } from "./lib.mjs";
import { mails, random } from "./mails.mjs";
import { killAtRandom } from "./processes.mjs";
import { query, settled } from "./store.mjs";

const MAILS = 4000;
const SEED = 20;
const SLOW = Number(process.env.JACKDAW_SLOW ?? 1); // how much slower this build is: under a sanitizer

// What each rule counts must be 0. `listed`: the items that analyse jobs still hold. A mail is
// decided for the first time as long as its item waits (state 1) or stands in a job (2); verdicts
// are made again (an event, no new message) only after the last of them.
const WITH = `
  WITH listed AS (
         SELECT j.id AS job, CAST(e.value AS INTEGER) AS item
         FROM jobs AS j, json_each('["' || replace(json_extract(j.payload, '$.items'), ' ', '","') || '"]') AS e
         WHERE j.kind = 'analyse'),
       decided AS (SELECT seq, json_extract(data, '$.count') AS count, data FROM events WHERE type = 'messages.decided'),
       named AS (SELECT e.value AS id FROM decided AS d, json_each(d.data, '$.ids') AS e),
       first AS (SELECT EXISTS (SELECT 1 FROM items WHERE state IN (1, 2)) AS pass)`;

const RULES = {
  "a decided item has its message": "SELECT count(*) FROM items AS i LEFT JOIN messages AS m ON m.id = i.message_id AND m.item_id = i.id WHERE i.state = 3 AND m.id IS NULL",
  "a message has its decided item": "SELECT count(*) FROM messages AS m LEFT JOIN items AS i ON i.id = m.item_id AND i.state = 3 WHERE i.id IS NULL",
  "a message has its analysis": "SELECT count(*) FROM messages AS m LEFT JOIN analyses AS a ON a.message_id = m.id WHERE a.message_id IS NULL",
  "a message has its body": "SELECT count(*) FROM messages AS m LEFT JOIN bodies AS b ON b.message_id = m.id WHERE b.message_id IS NULL",
  "a message has its thread": "SELECT count(*) FROM messages AS m LEFT JOIN threads AS t ON t.id = m.thread_id WHERE t.id IS NULL",
  "a message counts its tasks": "SELECT abs((SELECT coalesce(sum(task_count), 0) FROM messages) - (SELECT count(*) FROM tasks WHERE state = 'open'))",
  "a message has its event, and an event its message": "SELECT abs((SELECT count(DISTINCT id) FROM named) - (SELECT count(*) FROM messages))",
  "an event counts what it names": "SELECT count(*) FROM decided WHERE count <> json_array_length(data, '$.ids')",
  "no mail is told twice in the first pass": "SELECT CASE WHEN pass THEN (SELECT count(*) FROM named) - (SELECT count(DISTINCT id) FROM named) ELSE 0 END FROM first",
  "a job of the first pass is gone with its effect": "SELECT count(*) FROM first JOIN listed AS l ON first.pass JOIN items AS i ON i.id = l.item WHERE i.state = 3",
  "a queued item stands in exactly one job": "SELECT count(*) FROM items AS i WHERE i.state = 2 AND (SELECT count(*) FROM listed AS l WHERE l.item = i.id) <> 1",
  "a waiting item stands in no job": "SELECT count(*) FROM items AS i JOIN listed AS l ON l.item = i.id WHERE i.state = 1",
  "a stream has no gap": "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY stream HAVING min(seq) <> 1 OR max(seq) <> count(*))",
  "a stream stands where its last event stands": "SELECT count(*) FROM streams AS s WHERE s.seq <> (SELECT coalesce(max(e.seq), 0) FROM events AS e WHERE e.stream = s.name)",
};

const names = Object.keys(RULES);
const SNAPSHOT = `${WITH} SELECT ${names.map((name, at) => `(${RULES[name]}) AS r${at}`).join(", ")},
  (SELECT coalesce(sum(seq), 0) FROM streams) AS seq, (SELECT count(*) FROM messages) AS messages`;

/** One snapshot: the rules that it breaks, and how far things are. */
async function look(jackdaw) {
  const [row] = await query(jackdaw, SNAPSHOT);
  const broken = names.filter((_, at) => row[`r${at}`] !== 0);
  return { broken, seq: row.seq, messages: row.messages };
}

test(`${MAILS} mails under kills: no reader sees a half`, async (t) => {
  const jackdaw = await prepare({ settings: "workers: 2\nlog_level: error\n" });
  for (const text of mails({ seed: SEED, count: MAILS })) await jackdaw.deliver(text);
  jackdaw.spawn();
  let over = false;
  try {
    await jackdaw.ready();
    const killing = killAtRandom(jackdaw, random(SEED), () => over, { least: 10 * SLOW, most: 100 * SLOW });
    const waiting = eventually("all is decided", () => settled(jackdaw, MAILS), 150_000).finally(
      () => (over = true),
    );
    let snapshots = 0;
    let partial = 0;
    let last = { seq: 0, messages: 0 };
    while (!over) {
      const now = await look(jackdaw);
      assert.deepEqual(now.broken, [], `snapshot ${snapshots}, ${now.messages} messages`);
      assert.ok(now.seq >= last.seq, "a stream went back");
      snapshots++;
      partial += now.messages > 0 && now.messages < MAILS;
      last = now;
    }
    await waiting;
    assert.deepEqual((await look(jackdaw)).broken, []);
    t.diagnostic(`${snapshots} snapshots, ${partial} in the midst, ${await killing} kills`);
    assert.ok(partial > 3);
    assert.match((await jackdaw.run("jobs", "list", "dead")).stdout, /^there are none/);
  } finally {
    over = true;
    await jackdaw.stop();
  }
});

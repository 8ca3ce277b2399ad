// Looks into Jackdaw's database from outside, by the sqlite3 command, read only. One statement
// is one snapshot: what it counts together was committed together.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const BUSY_MS = 10_000;

export const databaseOf = (jackdaw) => join(jackdaw.data, "storage", "jackdaw.db");

/** The rows of one statement. */
export async function query(jackdaw, sql) {
  const words = ["-readonly", "-json", "-cmd", `.timeout ${BUSY_MS}`, databaseOf(jackdaw), sql];
  const { stdout } = await execute("sqlite3", words, { maxBuffer: 64 << 20 });
  return stdout.trim() ? JSON.parse(stdout) : [];
}

/** Where the work stands: numbers by name. */
export async function progress(jackdaw) {
  const [row] = await query(
    jackdaw,
    `SELECT (SELECT count(*) FROM items) AS listed,
            (SELECT count(*) FROM items WHERE state = 3) AS decided,
            (SELECT count(*) FROM items WHERE state = 4) AS rejected,
            (SELECT count(*) FROM jobs WHERE state <> 'dead') AS jobs,
            (SELECT count(*) FROM jobs WHERE state = 'dead') AS dead,
            (SELECT count(*) FROM accounts WHERE synced_ms = 0) AS unlisted,
            (SELECT coalesce(sum(facts_dirty), 0) FROM accounts) AS dirty`,
  );
  return row;
}

/** Whether `count` mails are listed, decided or rejected, and nothing is left to do. */
export async function settled(jackdaw, count) {
  const now = await progress(jackdaw);
  const done = now.listed >= count && now.decided + now.rejected === now.listed;
  return done && now.jobs === 0 && now.unlisted === 0 && now.dirty === 0;
}

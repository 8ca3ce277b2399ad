// More users for a running Jackdaw, written into its database from outside: no public interface
// makes them yet. All have the admin's password.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { PASSWORD } from "./lib.mjs";
import { databaseOf } from "./store.mjs";

const execute = promisify(execFile);
const BUSY_MS = 10_000;

/** Adds a user and signs in: the access token. role: "user", "editor" or "admin". */
export async function addUser(jackdaw, name, role) {
  const sql = `INSERT INTO users (id, name, role, password_hash, created_ms)
    SELECT (SELECT max(id) FROM users) + 1, '${name}', '${role}', password_hash, created_ms
    FROM users WHERE name = 'admin'`;
  await execute("sqlite3", ["-cmd", `.timeout ${BUSY_MS}`, databaseOf(jackdaw), sql]);
  const body = { username: name, password: PASSWORD };
  const answer = await jackdaw.ask("POST", "/auth/login", { body, token: null });
  if (answer.status !== 200) throw new Error(`${name} cannot sign in: ${answer.status}`);
  return answer.body.access_token;
}

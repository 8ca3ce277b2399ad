// A full disk: one sentence with its cure at each door, reads go on, and when there is space again
// everything goes on by itself, with nothing lost.
//
// The disk is a small tmpfs where one may mount; elsewhere the kernel refuses the processes larger
// files (RLIMIT_FSIZE), which they meet at the same calls.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { eventually, mail, prepare } from "./lib.mjs";

const MAILS = 40;
const LATE = 30; // mails that come while the disk is full
const SENTENCE = /the server's disk is full: free some space there/;

/** A disk of its own, which is filled with a file. */
class SmallDisk {
  constructor(folder) {
    this.folder = folder;
  }
  static async mount(folder) {
    await mkdir(folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m,mode=755", "jackdaw-test", folder], { stdio: "pipe" });
    return new SmallDisk(folder);
  }
  async fill() {
    const file = `${this.folder}/fill`;
    await writeFile(file, Buffer.alloc(64 << 20)).catch((error) => assert.equal(error.code, "ENOSPC"));
    // What the kernel did not take as a whole, byte for byte.
    const rest = execFileSync("sh", ["-c", `dd if=/dev/zero of=${file}.2 bs=4096 2>&1 || true`], { encoding: "utf8" });
    assert.match(rest, /No space left/);
  }
  async free() {
    await rm(`${this.folder}/fill`);
    await rm(`${this.folder}/fill.2`, { force: true });
  }
  end() {
    execFileSync("umount", [this.folder]);
  }
}

/** The processes of a Jackdaw, which may write files of 4 kB alone. Compute children may write none
 * at any time. */
class SmallFiles {
  constructor(jackdaw) {
    this.jackdaw = jackdaw;
  }
  async limit(bytes) {
    for (const pid of await family(this.jackdaw.process.pid)) {
      const writes = /^Max file size +\S+ +unlimited/m.test(await readFile(`/proc/${pid}/limits`, "utf8"));
      if (writes) execFileSync("prlimit", ["--pid", pid, `--fsize=${bytes}:`]);
    }
  }
  fill() {
    return this.limit(4096);
  }
  free() {
    return this.limit("unlimited");
  }
  end() {}
}

/** A process and all below it. */
async function family(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean);
  return [String(pid), ...(await Promise.all(children.map(family))).flat()];
}

let jackdaw, disk;

before(async () => {
  jackdaw = await prepare();
  disk = await SmallDisk.mount(jackdaw.data).catch(() => new SmallFiles(jackdaw));
  for (let i = 0; i < MAILS; i++) await jackdaw.deliver(mail(i));
  jackdaw.spawn();
  await jackdaw.ready();
  await jackdaw.signIn();
  await jackdaw.decided(MAILS);
});

after(async () => {
  const { folder } = jackdaw;
  await jackdaw.end();
  disk.end();
  await rm(folder, { recursive: true, force: true });
});

const ready = async () => {
  const answer = await fetch(`${jackdaw.url}/health/ready`);
  return { status: answer.status, body: await answer.json() };
};

const lines = () =>
  jackdaw.output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

let message;

test("the probe says that the disk is full, and why", async () => {
  [message] = (await jackdaw.get("/messages?limit=1")).body.items;
  await disk.fill();
  const { body } = await eventually("not ready", async () => {
    const answer = await ready();
    return answer.status === 503 && answer;
  });
  const check = body.checks.find(({ name }) => name === "disk");
  assert.equal(check.ok, false);
  assert.match(check.detail, SENTENCE);
  assert.doesNotMatch(check.detail, /\//, "no path of the server");
});

test("a change is refused with the cure, and did not happen", async () => {
  const answer = await jackdaw.ask("PATCH", `/messages/${message.id}`, { body: { unread: !message.unread } });
  assert.equal(answer.status, 507);
  assert.equal(answer.body.title, "Insufficient Storage");
  assert.match(answer.body.detail, SENTENCE);
  assert.match(answer.body.detail, /nothing of this request was stored/);
  assert.ok(answer.headers.get("retry-after"));
  assert.equal((await jackdaw.get(`/messages/${message.id}`)).body.unread, message.unread);
});

test("what was read can be read on", async () => {
  assert.equal((await jackdaw.get("/messages?limit=200")).body.items.length, MAILS);
  assert.equal((await jackdaw.get(`/messages/${message.id}/explain`)).status, 200);
  assert.equal((await jackdaw.get("/messages?q=page")).status, 200);
  assert.equal((await jackdaw.get("/tasks")).status, 200);
});

test("the account says why no new mail comes", async () => {
  for (let i = 0; i < LATE; i++) await jackdaw.deliver(mail(MAILS + i));
  const [account] = (await jackdaw.get("/accounts")).body.items;
  assert.match(account.state_text, SENTENCE);
  assert.match(account.state_text, /goes on by itself/);
});

test("the log says it, and does not repeat itself", async () => {
  const told = await eventually("a line about the disk", async () => {
    const found = lines().filter((line) => /disk is full|could not be written/.test(line["error.message"] ?? ""));
    return found.length > 0 && found;
  });
  // A few seconds of attempts by every part; the same words once from each process.
  await new Promise((done) => setTimeout(done, 3000));
  const words = lines()
    .filter((line) => line["error.message"])
    .map((line) => [line["process.pid"], line.message, line["error.message"], line["url.path"]].join(" "));
  assert.deepEqual(words, [...new Set(words)]);
  assert.ok(told.length > 0 && words.length < 30, `${words.length} lines`);
});

test("with space again everything goes on, and nothing is lost", async () => {
  await disk.free();
  await eventually("ready", async () => (await ready()).status === 200);
  await jackdaw.decided(MAILS + LATE);
  const subjects = (await jackdaw.get("/messages?limit=200")).body.items.map(({ subject }) => subject);
  assert.deepEqual(subjects.toSorted(), Array.from({ length: MAILS + LATE }, (_, i) => `Letter ${i}`).toSorted());
  const changed = await jackdaw.ask("PATCH", `/messages/${message.id}`, { body: { unread: !message.unread } });
  assert.equal(changed.status, 200);
  const [account] = (await jackdaw.get("/accounts")).body.items;
  assert.equal(account.state, "active");
  assert.equal(account.state_text, "");
  assert.equal(lines().filter(({ message }) => message === "a role ended and is started again").length, 0);
  assert.deepEqual((await jackdaw.get("/jobs?state=dead")).body.items, []);
  assert.deepEqual((await readdir(jackdaw.data)).filter((name) => name.startsWith("space-")), []);
});

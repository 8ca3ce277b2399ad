// The frame, seen from outside on a running system: who has which code, rights and descriptors,
// and what becomes of the others when one is killed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { eventually, prepare, run, start } from "./lib.mjs";
import { mails } from "./mails.mjs";
import { alive, descriptors, proc, processes, status } from "./processes.mjs";
import { settled } from "./store.mjs";

const MAILS = 300;
const CAP_DAC_READ_SEARCH = 1n << 2n;
const AS_ROOT = process.getuid() === 0;

let jackdaw;

const family = () => processes(jackdaw.process.pid);
const ofKind = async (kind) => (await family()).filter((one) => one.kind === kind);
const kill = (one) => process.kill(one.pid, "SIGKILL");

// Two workers; each has two compute children and one for people.
const NUMBERS = { gateway: 1, scheduler: 1, worker: 2, zygote: 2, compute: 6 };

/** Those of a kind, as soon as there are as many as there must be. */
const allOfKind = (kind) =>
  eventually(`every ${kind} is there`, async () => {
    const all = await ofKind(kind);
    return all.length === NUMBERS[kind] && all;
  });

/** Started with generated mail, settled and signed in. */
async function filled() {
  const one = await prepare({ settings: "workers: 2\ncompute: 2\n" });
  for (const text of mails({ seed: 10, count: MAILS })) await one.deliver(text);
  one.spawn();
  await one.ready();
  await one.signIn();
  await eventually("all is decided", () => settled(one, MAILS));
  return one;
}

before(async () => (jackdaw = await filled()));
after(() => jackdaw.stop());

/** Paths of the files that a process maps. */
async function mapped(pid) {
  const maps = await proc(pid, "maps");
  assert.notEqual(maps, "", `/proc/${pid}/maps can be read`);
  return new Set(maps.split("\n").map((line) => line.split(/\s+/)[5]).filter((path) => path?.startsWith("/")));
}

async function mapsAny(pid, pattern) {
  return [...(await mapped(pid))].filter((path) => pattern.test(path));
}

describe("who maps which code", () => {
  const HOSTILE = /jackdaw-compute\.so|liblua|libgmime|libglib|libgumbo|libpcre2/;
  const SOURCES = /plugins\/(maildir|imap|applemail)\.so/;

  test("gateway and scheduler have neither parsers, Lua nor a source", async () => {
    for (const kind of ["gateway", "scheduler"]) {
      const [role] = await ofKind(kind);
      assert.deepEqual(await mapsAny(role.pid, HOSTILE), [], kind);
      assert.deepEqual(await mapsAny(role.pid, SOURCES), [], kind);
    }
  });

  test("the supervisor has no plugin at all", async () => {
    assert.deepEqual(await mapsAny(jackdaw.process.pid, HOSTILE), []);
    assert.deepEqual(await mapsAny(jackdaw.process.pid, /\/plugins\//), []);
  });

  test("a worker has its source, and leaves parsing to the compute children", async () => {
    const workers = await ofKind("worker");
    const found = await Promise.all(workers.map((one) => mapsAny(one.pid, SOURCES)));
    assert.ok(found.some((paths) => paths.length === 1));
    for (const one of workers) assert.deepEqual(await mapsAny(one.pid, HOSTILE), []);
  });

  test("compute children have the parsers, and no store, plugin or network library", async () => {
    for (const one of await ofKind("compute")) {
      assert.notDeepEqual(await mapsAny(one.pid, /jackdaw-compute\.so/), []);
      assert.deepEqual(await mapsAny(one.pid, /\/plugins\/|libsqlite3/), []);
    }
  });
});

describe("compute children own nothing", () => {
  test("seccomp, no new privileges, no capabilities, a user of their own", async () => {
    for (const { pid } of await allOfKind("compute")) {
      assert.equal(await status(pid, "Seccomp"), "2");
      assert.equal(await status(pid, "NoNewPrivs"), "1");
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
        assert.equal(BigInt(`0x${await status(pid, set)}`), 0n, set);
      }
    }
  });

  test("one socket and one pipe for writing, and nothing else", async () => {
    for (const { pid } of await ofKind("compute")) {
      const open = await descriptors(pid);
      assert.deepEqual(Object.keys(open).sort(), ["2", "3"]);
      assert.match(open[2], /^pipe:/);
      assert.match(open[3], /^socket:/);
      const flags = /^flags:\s*([0-7]+)$/m.exec(await proc(pid, "fdinfo/2"))[1];
      assert.equal(parseInt(flags, 8) & 3, 1, "the pipe is open for writing alone");
    }
  });

  test("each thing that a child must not do is refused when it tries", async () => {
    const { code, stdout, stderr } = await run("sandbox");
    assert.equal(code, 0, stderr || stdout);
    const report = JSON.parse(stdout);
    assert.ok(report.sound);
    assert.ok(report.attempts.length >= 20);
    assert.deepEqual(report.attempts.filter((one) => !one.refused), []);
  });

  test("a child has no secret in its environment", async () => {
    const [child] = await ofKind("compute");
    const environment = await proc(child.pid, "environ");
    assert.match(environment, /LC_ALL=/);
    assert.doesNotMatch(environment, /PASSWORD|correct horse/);
  });
});

describe("rights of the roles", { skip: !AS_ROOT && "the caller is not root" }, () => {
  test("every process below the supervisor runs as user jackdaw", async () => {
    const passwd = await readFile("/etc/passwd", "utf8");
    const uid = /^jackdaw:[^:]*:(\d+):/m.exec(passwd)[1];
    for (const { pid, kind } of await family()) {
      assert.deepEqual((await status(pid, "Uid")).split(/\s+/), [uid, uid, uid, uid], kind);
      assert.equal(await status(pid, "Groups"), "", kind);
    }
  });

  test("a worker keeps the one right to read mail, others keep none", async () => {
    for (const { pid, kind } of await family()) {
      const wanted = kind === "worker" ? CAP_DAC_READ_SEARCH : 0n;
      assert.equal(BigInt(`0x${await status(pid, "CapEff")}`), wanted, kind);
      assert.equal(BigInt(`0x${await status(pid, "CapPrm")}`), wanted, kind);
    }
  });
});

describe("the death of one is not the end of all", () => {
  for (const kind of ["gateway", "scheduler", "worker", "zygote", "compute"]) {
    test(`a killed ${kind} comes back, and the service answers`, async () => {
      const [victim] = await allOfKind(kind);
      kill(victim);
      await eventually(`${kind} is gone`, async () => !(await alive(victim.pid)));
      await allOfKind(kind);
      await jackdaw.ready();
      const { status: code } = await eventually("an answer", () => jackdaw.get("/messages?limit=1"));
      assert.equal(code, 200);
    });
  }

  test("mail that comes afterwards is decided", async () => {
    const { body } = await jackdaw.get("/messages/counts");
    for (const text of mails({ seed: 11, count: 3 })) await jackdaw.deliver(text);
    await jackdaw.decided(body.total + 3);
  });
});

describe("the end", () => {
  test("SIGTERM drains: exit code 0 within 10 s, nobody is left", async () => {
    const one = await start({ mails: 5 });
    try {
      const below = await processes(one.process.pid);
      const begun = Date.now();
      assert.equal(await one.end("SIGTERM"), 0);
      assert.ok(Date.now() - begun < 10_000);
      for (const { pid, kind } of below) assert.equal(await alive(pid), false, kind);
    } finally {
      await one.stop();
    }
  });

  test("no process survives a killed supervisor by more than a second", async () => {
    const below = await family();
    assert.ok(below.length >= 10);
    const killed = Date.now();
    await jackdaw.end("SIGKILL");
    const survivors = async () => {
      const running = await Promise.all(below.map(async (one) => ((await alive(one.pid)) ? one : null)));
      return running.filter(Boolean);
    };
    await eventually("all are gone", async () => (await survivors()).length === 0, 1000 - (Date.now() - killed));
  });
});

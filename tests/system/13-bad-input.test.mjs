// What is wrong is told in one clear sentence that names the thing and the cure, nothing stored
// is lost, and the rest keeps working.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { eventually, mail, prepare, run, start } from "./lib.mjs";
import { random } from "./mails.mjs";
import { databaseOf, progress, query, settled } from "./store.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const AS_ROOT = process.getuid() === 0;
const execute = promisify(execFile);

/** Writes into the database of one that stands still. */
const change = (jackdaw, sql) => execute("sqlite3", [databaseOf(jackdaw), sql]);

/** Refused before anything starts: exit code 1, nothing on stdout, these lines on stderr. */
function assertRefused({ code, stdout, stderr }, ...patterns) {
  const lines = stderr.trim().split("\n");
  assert.equal(lines.length, patterns.length, stderr);
  patterns.forEach((pattern, at) => assert.match(lines[at], pattern));
  for (const line of lines) assert.match(line, /^jackdaw: /);
  assert.equal(stdout, "");
  assert.equal(code, 1);
}

describe("refused before anything starts", () => {
  let jackdaw;
  before(async () => (jackdaw = await prepare()));
  after(() => jackdaw.stop());
  const serve = (...words) => jackdaw.run("serve", ...words);

  test("a mail folder that is not there", async () => {
    const folder = join(jackdaw.folder, "nowhere");
    const answer = await serve("--mail", `maildir:${folder}`);
    assertRefused(answer, /mail .*\/nowhere cannot be read: No such file or directory/);
  });

  test("mail that is no KIND:PATH", async () => {
    assertRefused(await serve("--mail", jackdaw.maildir), /is not KIND:PATH; write for example/);
  });

  test("a kind of mail that no plugin offers", async () => {
    const answer = await serve("--mail", `pigeon:${jackdaw.maildir}`);
    assertRefused(answer, /no plugin offers source 'pigeon'; there is: .*maildir/);
  });

  test("a port that is in use", async () => {
    const other = createServer().listen(jackdaw.port, "127.0.0.1");
    await once(other, "listening");
    try {
      assertRefused(await serve(), new RegExp(`port ${jackdaw.port} .* is in use .*--port N`));
    } finally {
      other.close();
    }
  });

  test("a data folder that is a file", async () => {
    const file = join(jackdaw.folder, "file");
    await writeFile(file, "");
    assertRefused(await serve("--data", file), /\/file is there and is not a folder/);
  });

  test("a configuration file that is not there", async () => {
    const file = join(jackdaw.folder, "absent.yaml");
    assertRefused(await run("serve", "--config", file), /absent\.yaml: No such file/);
  });

  test("a configuration that is no YAML", async () => {
    const file = join(jackdaw.folder, "torn.yaml");
    await writeFile(file, "listen: [\n");
    assertRefused(await run("serve", "--config", file), /torn\.yaml:\d+: this is not YAML/);
  });

  test("unknown keys, values and plugins, all at once, each with file and line", async () => {
    const file = join(jackdaw.folder, "wrong.yaml");
    const lines = [
      "data_dir: ./var",
      "colour: blue",
      "workers: many",
      "storage:",
      "  plugin: clay-tablets",
      "queue:",
      "  plugin: sqlite",
      "  speed: 9",
    ];
    await writeFile(file, lines.join("\n") + "\n");
    assertRefused(
      await run("serve", "--config", file),
      /wrong\.yaml:2: unknown key 'colour'; there are: data_dir, listen/,
      /wrong\.yaml:3: workers: 'many' is not a whole number \(allowed: 1 to 64\)/,
      /wrong\.yaml:5: no plugin offers storage 'clay-tablets'; there is: sqlite/,
      /wrong\.yaml:8: queue 'sqlite': unknown option 'speed'; there are: path/,
    );
  });

  test("after all that the same folder starts well", async () => {
    await jackdaw.deliver(mail(1));
    jackdaw.spawn();
    await jackdaw.ready();
    await eventually("the mail is decided", () => settled(jackdaw, 1));
  });
});

describe("a running one, and its data", () => {
  let jackdaw;
  before(async () => (jackdaw = await start({ mails: 12 })));
  after(() => jackdaw.stop());

  test("a second one on the same data is refused", async () => {
    const answer = await jackdaw.run("serve");
    assertRefused(answer, /another Jackdaw \(process \d+\) runs on .*--data/);
  });

  test("a mail folder that vanishes: told, nothing removed, goes on when it is back", async () => {
    const away = `${jackdaw.maildir}-away`;
    await jackdaw.end();
    await rename(jackdaw.maildir, away);
    await mkdir(jackdaw.maildir); // there, but no Maildir: a disk that is not mounted
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    const account = await eventually("the account tells it", async () => {
      const { body } = await jackdaw.get("/accounts");
      return body.items[0].state === "error" && body.items[0];
    });
    assert.ok(account.state_text.includes(jackdaw.maildir), account.state_text);
    assert.match(account.state_text, /; /); // what is wrong; what to do
    assert.equal((await jackdaw.get("/messages?limit=50")).body.items.length, 12);
    await rm(jackdaw.maildir, { recursive: true });
    await rename(away, jackdaw.maildir);
    await jackdaw.deliver(mail(100));
    await jackdaw.decided(13);
    const { body } = await jackdaw.get("/accounts");
    assert.equal(body.items[0].state, "active");
  });

  test("a rule file that does not compile is left out and named; the others decide", async () => {
    await jackdaw.end();
    const active = "(SELECT release_id FROM active_releases WHERE owner_id = 0)";
    await change(
      jackdaw,
      `INSERT INTO release_files VALUES (${active}, 'standard/torn.lua', 'rule "torn" {')`,
    );
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    await jackdaw.deliver(mail(101));
    await jackdaw.decided(14);
    assert.match(jackdaw.output, /a rule file is left out.*standard\/torn\.lua/);
    const [{ count }] = await query(
      jackdaw,
      "SELECT count(*) AS count FROM messages WHERE category = ''",
    );
    assert.equal(count, 0);
    await jackdaw.end();
    await change(jackdaw, "DELETE FROM release_files WHERE path = 'standard/torn.lua'");
  });

  test("a database of a newer version is refused and not touched", async () => {
    await change(jackdaw, "UPDATE schema_version SET version = version + 1");
    const [first] = await query(jackdaw, "SELECT count(*) AS messages FROM messages");
    const told = /the database is of a newer Jackdaw \(schema \d+, this one knows \d+\); run that version, or restore the snapshot/;
    assertRefused(await jackdaw.run("serve"), told);
    assertRefused(await jackdaw.run("digest"), told);
    assert.deepEqual(await query(jackdaw, "SELECT count(*) AS messages FROM messages"), [first]);
    await change(jackdaw, "UPDATE schema_version SET version = version - 1");
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    await jackdaw.decided(14);
  });
});

test("a broken rule file in a folder is named by `jackdaw rules test`", async () => {
  const jackdaw = await prepare();
  try {
    const folder = join(jackdaw.folder, "standard");
    await cp(join(ROOT, "rules/standard"), folder, { recursive: true });
    await writeFile(join(folder, "torn.lua"), 'rule "torn" {\n');
    const { code, stdout, stderr } = await run("rules", "test", folder);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /^not ok standard\/torn\.lua:\d+: /m);
  } finally {
    await jackdaw.stop();
  }
});

test("mail that only its owner may read", { skip: AS_ROOT && "root reads all" }, async () => {
  const jackdaw = await start({ mails: 1 });
  try {
    await chmod(jackdaw.maildir, 0);
    const state = () => jackdaw.get("/accounts").then(({ body }) => body.items[0]);
    await jackdaw.end();
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    const account = await eventually("told", async () => {
      const now = await state();
      return now.state === "error" && now;
    });
    assert.ok(account.state_text.includes(jackdaw.maildir));
    await chmod(jackdaw.maildir, 0o755);
    await eventually("active again", async () => (await state()).state === "active");
  } finally {
    await jackdaw.stop();
  }
});

describe("a full disk", { skip: !AS_ROOT && "only root may mount" }, () => {
  const MAILS = 250;
  const TEXT_LINES = 500;
  let jackdaw;

  /** A text that does not compress well: it fills the disk. */
  function bulky(dice) {
    const words = () => Array.from({ length: 8 }, () => dice.below(2 ** 32).toString(36));
    return Array.from({ length: TEXT_LINES }, () => words().join(" ")).join("\r\n");
  }

  before(async () => {
    jackdaw = await prepare({ settings: "compute: 1\n" });
    await mkdir(jackdaw.data);
    await execute("mount", ["-t", "tmpfs", "-o", "size=12m,mode=755", "tmpfs", jackdaw.data]);
    jackdaw.spawn();
    await jackdaw.ready();
    await jackdaw.signIn();
    const dice = random(14);
    for (let i = 0; i < MAILS; i++) await jackdaw.deliver(mail(i, { text: bulky(dice) }));
  });

  after(async () => {
    await jackdaw.end();
    await execute("umount", [jackdaw.data]);
    await jackdaw.stop();
  });

  test("the log names the file and the cure", async () => {
    const sentence = /database [^"]*\/jackdaw\.db: the disk is full \(\d+ MiB free\): free some space; nothing of this [a-z]+ was stored/;
    await eventually("the log tells it", async () => sentence.test(jackdaw.output));
    assert.ok((await progress(jackdaw)).decided < MAILS);
  });

  test("reading goes on; what cannot be written is refused with the cure", async () => {
    assert.equal((await fetch(`${jackdaw.url}/health/live`)).status, 200);
    const { status, body } = await jackdaw.get("/messages?limit=1");
    assert.equal(status, 200);
    const [{ id }] = body.items;
    const written = await jackdaw.ask("PATCH", `/messages/${id}`, { body: { unread: false } });
    if (written.status === 200) return; // a small write may still find its place
    assert.equal(written.status, 507);
    assert.match(written.body.detail, /disk is full: free some space/);
  });

  test("with room again everything is decided, and nothing was lost", async () => {
    await execute("mount", ["-o", "remount,size=200m", jackdaw.data]);
    await eventually("all is decided", () => settled(jackdaw, MAILS), 120_000);
    assert.equal((await progress(jackdaw)).decided, MAILS);
    assert.match((await jackdaw.run("jobs", "list", "dead")).stdout, /^there are none/);
  });
});

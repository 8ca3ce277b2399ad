// What is wrongly typed is told with its cure, and nothing is done.

import assert from "node:assert/strict";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { prepare, run, start } from "./lib.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const WITHOUT_DATA = [
  [["help", "serve"], 0, /^usage: jackdaw serve/],
  [["help", "nope"], 2, /no command 'nope'; `jackdaw help`/],
  [["-h"], 0, /usage: jackdaw COMMAND/],
  [["config", "--help"], 0, /jackdaw config check/],
  [["plugin", "--help"], 0, /jackdaw plugin list/],
  [["sandbox", "--help"], 0, /usage: jackdaw sandbox/],
  [["digest", "more"], 2, /usage: jackdaw digest/],
  [["migrate", "more"], 2, /usage: jackdaw migrate/],
  [["help", "help"], 0, /usage: jackdaw COMMAND/],
  [["digest", "-h"], 0, /^usage: jackdaw digest/],
  [["serve", "--prot", "5"], 2, /no option --prot \(did you mean --port\?\)/],
  [["serve", "--port"], 2, /needs a value: --port/],
  [["serve", ...Array.from({ length: 17 }, () => ["--mail", "eml:/"]).flat()], 2, /too many of --mail/],
  [["rules", "test", "/usr"], 1, /no pack in \/usr: a pack is a folder with a pack.lua/],
];

const WITH_DATA = [
  [["jobs", "list", "nope"], 1, /ready, leased or dead/],
  [["user", "link", "nobody"], 1, /no user 'nobody'/],
  [["account", "edit", "mail"], 1, /--address ADDRESS or --time-zone ZONE/],
  [["account"], 0, /^\w{13} {2}mail {2}maildir {2}active .*\n {4}path \/.*\n {4}address not known yet\n/],
  [["jobs", "retry", "all"], 0, /^no job is dead/],
];

test("without a data folder", async () => {
  for (const [words, code, text] of WITHOUT_DATA) {
    const answer = await run(...words);
    assert.equal(answer.code, code, words.join(" "));
    assert.match(answer.stdout + answer.stderr, text);
  }
});

test("with a data folder", async () => {
  for (const [words, code, text] of WITH_DATA) {
    const answer = await jackdaw.run(...words);
    assert.equal(answer.code, code, words.join(" "));
    assert.match(answer.stdout + answer.stderr, text);
  }
});

test("a name that two accounts bear removes neither", async () => {
  const more = `${jackdaw.folder}/more`;
  await mkdir(more);
  assert.equal((await jackdaw.run("account", "add", `eml:${more}`, "--name", "Mail")).code, 0);
  const { code, stderr } = await jackdaw.run("account", "remove", "mail");
  assert.equal(code, 1);
  assert.match(stderr, /2 accounts are called 'mail': give the id/);
  assert.equal((await jackdaw.get("/accounts")).body.items.filter(({ state }) => state === "removing").length, 0);
});

test("a link leads to where serve listens, whatever it was started with", async (context) => {
  const other = await prepare();
  context.after(() => other.stop());
  const listen = `127.0.0.1:${other.port}`;
  const settings = (await readFile(other.config, "utf8")).replace(listen, "127.0.0.1:1");
  await writeFile(other.config, settings);
  other.options = ["--port", String(other.port)];
  other.spawn();
  await other.ready();
  const link = async (...options) => (await other.run("user", "link", "admin", ...options)).stdout;
  assert.ok((await link()).startsWith(`http://${listen}/#/signin?link=`));
  assert.match(await link("--port", "9000"), /^http:\/\/127.0.0.1:9000\//);
  await other.end();
  assert.match(await link(), /^http:\/\/127.0.0.1:1\//);
});

test("only serve makes a data folder", async () => {
  const data = `${jackdaw.folder}/nowhere`;
  for (const words of [["migrate"], ["digest"], ["jobs", "list"], ["account", "list"]]) {
    const { code, stderr } = await run(...words, "--data", data);
    assert.equal(code, 1);
    assert.match(stderr, /no data folder .*nowhere; `jackdaw serve` makes it/);
    await assert.rejects(access(data));
  }
});

test("a first password that is too short is refused, and nobody is made by it", async (context) => {
  const other = await prepare();
  context.after(() => other.stop());
  process.env.JACKDAW_ADMIN_PASSWORD = "short";
  context.after(() => delete process.env.JACKDAW_ADMIN_PASSWORD);
  const { code, stderr } = await run("serve", "--config", other.config);
  assert.equal(code, 1);
  assert.match(stderr, /JACKDAW_ADMIN_PASSWORD: a password has at least 8 characters/);
});

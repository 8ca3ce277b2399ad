#!/usr/bin/env node
// Writes the mail of an invented person, Robin Hale of Berlin, into a Maildir.
//
//   node make-demo-mail.mjs --out DIR [--seed N] [--now ISO-DATE] [--count N]
//   node make-demo-mail.mjs --out DIR --one-more [--seed N] [--now ISO-DATE]
//
// The same seed and date give the same bytes. Needs Node 18 or newer and nothing else.

import { existsSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { further } from "./conversations.mjs";
import { HOUR, speak } from "./calendar.mjs";
import { writeAll, writeFurther } from "./mailbox.mjs";
import { render } from "./mime.mjs";
import { createRandom } from "./random.mjs";

const USAGE = "use: make-demo-mail.mjs --out DIR [--seed N] [--now ISO-DATE] [--count N] [--one-more]";
const COUNT_MIN = 300;
const UNREAD_AMONG_NEWEST = 20;

const fail = (sentence) => {
  console.error(`make-demo-mail: ${sentence}`);
  process.exit(2);
};

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: "string" },
        seed: { type: "string", default: "1" },
        now: { type: "string", default: new Date().toISOString() },
        count: { type: "string", default: "320" },
        "one-more": { type: "boolean", default: false },
      },
    });
    return { ...values, oneMore: values["one-more"], count: Number(values.count), now: Date.parse(values.now) };
  } catch (error) {
    return fail(`${error.message}; ${USAGE}`);
  }
};

const makeFolder = (path) => {
  for (const part of ["tmp", "new", "cur"]) {
    mkdirSync(join(path, part), { recursive: true });
  }
};

const hasMail = (path) =>
  ["new", "cur"].some((part) => existsSync(join(path, part)) && readdirSync(join(path, part)).length > 0);

/** As a delivery agent does: whole in tmp, then renamed into place. */
const deliver = (folder, mail, flags, random) => {
  const micros = String(random.int(0, 999999)).padStart(6, "0");
  const name = `${Math.floor(mail.ms / 1000)}.M${micros}P${random.int(1000, 29999)}.lantern`;
  const path = join(folder, "tmp", name);
  writeFileSync(path, render(mail));
  utimesSync(path, mail.ms / 1000, mail.ms / 1000);
  renameSync(path, flags === null ? join(folder, "new", name) : join(folder, "cur", `${name}:2,${flags}`));
};

// Flags in the order the standard asks for; null: not even seen by a mail program yet.
const flagsOf = (mail, rank, answered, random) => {
  if (mail.sent) {
    return "S";
  }
  const unread = rank < UNREAD_AMONG_NEWEST ? random.chance(0.85) : rank < 60 ? random.chance(0.25) : random.chance(0.06);
  if (answered.has(mail.id)) {
    return random.chance(0.1) ? "FRS" : "RS";
  }
  if (unread) {
    return rank < UNREAD_AMONG_NEWEST ? null : "";
  }
  return random.chance(0.06) ? "FS" : "S";
};

const deliverAll = (options) => {
  if (hasMail(options.out)) {
    fail(`${options.out} holds mail already; name an empty folder, or add --one-more`);
  }
  const random = createRandom(options.seed);
  const mails = writeAll(random, options.now).sort((a, b) => b.ms - a.ms);
  if (!(options.count >= COUNT_MIN && options.count <= mails.length)) {
    fail(`--count is ${COUNT_MIN} to ${mails.length}`);
  }
  // What is too much goes from mails that nothing refers to, spread over the whole time.
  const spare = mails.filter((mail) => mail.spare);
  const surplus = mails.length - options.count;
  if (surplus > spare.length) {
    fail(`--count is ${mails.length - spare.length} to ${mails.length}`);
  }
  const dropped = new Set(Array.from({ length: surplus }, (_, index) => spare[Math.floor(((index + 0.5) * spare.length) / surplus)]));
  const kept = mails.filter((mail) => !dropped.has(mail));
  const answered = new Set(kept.filter((mail) => mail.sent).map((mail) => mail.inReplyTo));
  const sent = join(options.out, ".Sent");
  makeFolder(options.out);
  makeFolder(sent);
  let rank = 0;
  for (const mail of kept) {
    deliver(mail.sent ? sent : options.out, mail, flagsOf(mail, rank, answered, random), random);
    rank += mail.sent ? 0 : 1;
  }
  console.log(`${kept.length} messages in ${options.out}`);
};

const deliverOneMore = (options) => {
  makeFolder(options.out);
  const random = createRandom(`${options.seed}/${options.now}`);
  const [who, subject, text] = further[Math.floor(options.now / HOUR / 0.02) % further.length];
  const mail = writeFurther(createRandom(options.seed), options.now, { who, subject, text });
  deliver(options.out, mail, null, random);
  console.log(`1 message in ${options.out}: ${speak(options.now, "en", "Europe/Berlin").stamp()}`);
};

const options = readOptions();
if (!options.out || Number.isNaN(options.now)) {
  fail(USAGE);
}
(options.oneMore ? deliverOneMore : deliverAll)(options);

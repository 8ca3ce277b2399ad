// Lays mails out as a Maildir: prepare.mjs FOLDER MAILDIR, or prepare.mjs --make N MAILDIR.
// A name's seconds are the mail's Date, so that "newest first" means something.

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [first, second, third] = process.argv.slice(2);
const making = first === "--make";
const maildir = making ? third : second;
const part = `${maildir}.part`;
for (const folder of ["cur", "new", "tmp"]) mkdirSync(join(part, folder), { recursive: true });

function* filesBelow(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield readFileSync(path);
  }
}

function* madeUp(count) {
  const words = "meeting report budget invoice please review tomorrow project thanks order update".split(" ");
  for (let i = 0; i < count; i++) {
    const date = new Date(Date.UTC(2020, 0, 1) + i * 7_200_000).toUTCString().replace("GMT", "+0000");
    const body = Array.from({ length: 200 }, (_, k) => words[(i * 7 + k * 3) % words.length]).join(" ");
    yield Buffer.from(`From: Person ${i % 500} <p${i % 500}@example.org>\r\nTo: me@example.org\r\n` +
      `Subject: ${words[i % words.length]} ${i}\r\nDate: ${date}\r\nMessage-ID: <${i}@example.org>\r\n\r\n${body}\r\n`);
  }
}

let number = 0;
for (const raw of making ? madeUp(Number(second)) : filesBelow(first)) {
  const date = /^date:\s*(.+)$/im.exec(raw.subarray(0, 16384).toString("latin1"));
  const parsed = date ? Date.parse(date[1].replace(/\(.*\)/, "")) / 1000 : NaN;
  const seconds = parsed > 631_152_000 && parsed < Date.now() / 1000 ? Math.floor(parsed) : 1_000_000_000;
  writeFileSync(join(part, "cur", `${seconds}.M${number++}P1.bench:2,S`), raw);
}
renameSync(part, maildir);
console.log(`${number} mails in ${maildir}`);

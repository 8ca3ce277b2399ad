// From a mail's delivery into the Maildir to its decided event at a WebSocket client; and how long
// interactive writes wait while 20,000 mails are read.
//   latency.mjs MAILDIR DATA  -> two JSON lines

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { WebSocketClient } from "../system/ws.mjs";
import { Jackdaw, percentile, sleep } from "./measure.mjs";

const [maildir, data] = process.argv.slice(2).map((path) => resolve(path));
const DELIVERIES = 60;

async function nextDecided(socket) {
  for (;;) {
    const frame = await socket.next();
    if (frame.type === "event" && frame.event === "messages.decided") return performance.now();
  }
}

async function deliveries() {
  const box = `${data}-box`;
  rmSync(box, { recursive: true, force: true });
  for (const folder of ["cur", "new", "tmp"]) mkdirSync(join(box, folder), { recursive: true });
  const jackdaw = new Jackdaw(data, 18433);
  jackdaw.wipe();
  await jackdaw.start(box);
  await jackdaw.signIn();
  const socket = await WebSocketClient.open(jackdaw.port);
  await socket.send({ type: "hello", token: jackdaw.token });
  const waits = [];
  for (let i = 0; i < DELIVERIES; i++) {
    const name = `${Math.floor(Date.now() / 1000)}.M${i}P9.bench`;
    writeFileSync(join(box, "tmp", name), `From: Kim <kim@example.org>\r\nTo: me@example.org\r\nSubject: Note ${i}\r\n` +
      `Message-ID: <note-${i}@example.org>\r\n\r\nCould you send me page ${i} by Friday?\r\n`);
    const at = performance.now();
    renameSync(join(box, "tmp", name), join(box, "new", name));
    waits.push((await nextDecided(socket)) - at);
    await sleep(150 + (i % 7) * 37);
  }
  await jackdaw.stop();
  return waits;
}

async function interactiveWrites() {
  const jackdaw = new Jackdaw(data, 18435);
  jackdaw.wipe();
  await jackdaw.start(maildir);
  await jackdaw.signIn();
  const waits = [];
  let page = { items: [] };
  while (page.items.length < 50) page = await jackdaw.ask("/messages?limit=50");
  for (let i = 0; ; i++) {
    const at = performance.now();
    await jackdaw.ask(`/messages/${page.items[i % 50].id}`, { method: "PATCH", body: JSON.stringify({ unread: i % 2 === 0 }) });
    waits.push(performance.now() - at);
    await sleep(5);
    if (i % 20 === 19 && (await jackdaw.ask("/messages/counts")).waiting === 0) break;
  }
  await jackdaw.stop();
  return waits;
}

const line = (what, waits) => console.log(JSON.stringify({
  peer: "jackdaw", what, count: waits.length, p50_ms: +percentile(waits, 50).toFixed(1),
  p99_ms: +percentile(waits, 99).toFixed(1), max_ms: +Math.max(...waits).toFixed(1),
}));
line("delivery to decided event", await deliveries());
line("interactive write during ingest", await interactiveWrites());

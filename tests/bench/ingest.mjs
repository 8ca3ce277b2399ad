// One turn: from `serve` on an empty data folder to every mail decided, indexed and listed.
//   ingest.mjs MAILDIR DATA  -> one JSON line

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { cpuSeconds, Jackdaw, memoryMb, sleep } from "./measure.mjs";

const [maildir, data] = process.argv.slice(2).map((path) => resolve(path));
const mails = readdirSync(join(maildir, "cur")).length;
const jackdaw = new Jackdaw(data, 18431);
const since = () => (performance.now() - jackdaw.startedAt) / 1000;
let peak = 0, first50 = 0, first1000 = 0, counts;

jackdaw.wipe();
await jackdaw.start(maildir);
await jackdaw.signIn();
const sampler = setInterval(() => (peak = Math.max(peak, memoryMb(jackdaw.process.pid))), 150);
do {
  counts = await jackdaw.ask("/messages/counts");
  if (!first50 && counts.total >= 50) first50 = since();
  if (!first1000 && counts.total >= 1000) first1000 = since();
  await sleep(100);
} while (counts.total < mails && since() < 300);
const wall = since();
const cpu = cpuSeconds(jackdaw.process.pid);
clearInterval(sampler);
await sleep(15_000);
const idle = memoryMb(jackdaw.process.pid);
const settled = cpuSeconds(jackdaw.process.pid);
await jackdaw.stop();
await jackdaw.start(maildir);
const ready = jackdaw.readyMs;
await jackdaw.stop();
console.log(JSON.stringify({
  peer: "jackdaw", what: "ingest", units: counts.total, wall_s: +wall.toFixed(2), per_s: +(counts.total / wall).toFixed(0),
  cpu_s: +cpu.toFixed(2), cpu_settled_s: +settled.toFixed(2), peak_mb: +peak.toFixed(1), idle_mb: +idle.toFixed(1),
  first_50_s: +first50.toFixed(2), first_1000_s: +first1000.toFixed(2), ready_ms: +ready.toFixed(0),
}));

// A stop waits for answers, not for requests that never become whole.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";

import { start } from "./lib.mjs";

test("a request that comes drop by drop does not hold up a stop", async () => {
  const jackdaw = await start();
  try {
    const socket = connect(jackdaw.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n");
    let drops = 0;
    const drip = setInterval(() => socket.write(`X-${drops++}: y\r\n`), 50);
    const closed = once(socket, "close");
    assert.equal(await jackdaw.end(), 0);
    await closed;
    clearInterval(drip);
    // At 50 ms a drop, the whole patience of a stop, 8 s, would be 160.
    assert.ok(drops < 140, `${drops} drops`);
  } finally {
    await jackdaw.stop();
  }
});

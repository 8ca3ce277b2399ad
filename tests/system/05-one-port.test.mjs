// REST and WebSocket on one port, whatever pieces the bytes come in.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";

import { start } from "./lib.mjs";
import { sendInPieces, WebSocketClient } from "./ws.mjs";

let jackdaw;
before(async () => (jackdaw = await start({ mails: 3 })));
after(() => jackdaw?.stop());

/** One raw request on a connection of its own; all that comes back. */
async function raw(text, size) {
  const socket = connect({ host: "127.0.0.1", port: jackdaw.port, noDelay: true });
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (data) => (answer += data));
  socket.on("error", () => {}); // closed with bytes unread: what came before counts
  const closed = new Promise((done) => socket.once("close", done));
  await sendInPieces(socket, Buffer.from(text), size ?? text.length);
  await closed;
  return answer;
}

const request = (line, body = "") =>
  `${line} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer ${jackdaw.token}` +
  `\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

for (const size of [1, 2, 3, 4]) {
  test(`requests and handshakes in pieces of ${size} bytes`, async () => {
    const list = await raw(request("GET /api/v1/messages?limit=1"), size);
    assert.match(list, /^HTTP\/1\.1 200 [^]*"next_cursor"/);
    const log = await raw(request("GET /api/v1/events/log"), size);
    assert.match(log, /^HTTP\/1\.1 200 [^]*"epoch"/);
    const post = await raw(request("POST /api/v1/auth/link", '{"token":"x"}'), size);
    assert.match(post, /^HTTP\/1\.1 401 /);
    const socket = await WebSocketClient.open(jackdaw.port, { pieces: size });
    await socket.send({ type: "hello", token: jackdaw.token }, size);
    assert.equal((await socket.next()).type, "welcome");
    socket.close();
  });
}

test("many of both kinds at once", async () => {
  const asks = Array.from({ length: 200 }, (_, i) =>
    i % 2
      ? jackdaw.get("/messages").then((answer) => answer.status)
      : jackdaw.listen().then(async (socket) => {
          const { type } = await socket.next();
          socket.close();
          return type;
        }),
  );
  const answers = await Promise.all(asks);
  assert.ok(answers.every((answer) => answer === 200 || answer === "welcome"));
});

test("a connection that says too little is closed", async () => {
  const began = Date.now();
  assert.equal(await raw("GET /api/v1/eve"), "");
  assert.ok(Date.now() - began < 15_000);
});

test("a plain GET of the WebSocket's path is told to upgrade", async () => {
  assert.match(await raw(request("GET /api/v1/events")), /^HTTP\/1\.[01] 426 /);
});

test("metrics are not on the public port", async () => {
  const page = await fetch(`${jackdaw.url}/metrics`);
  assert.ok(!(await page.text()).includes("jackdaw_http_requests_total"));
  const metrics = await fetch(`http://127.0.0.1:${jackdaw.metricsPort}/metrics`);
  assert.match(await metrics.text(), /jackdaw_http_requests_total\{code="2xx"\} \d+/);
});

test("stopping closes sockets with 1001 and ends with 0", async () => {
  const socket = await jackdaw.listen();
  await socket.next();
  const ended = jackdaw.end();
  assert.equal(await socket.end(), 1001);
  assert.equal(await ended, 0);
});

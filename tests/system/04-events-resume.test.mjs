// Events over the WebSocket: live, after a break without gap or double, and in order.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { mail, start } from "./lib.mjs";

let jackdaw;
let messages;
before(async () => {
  jackdaw = await start({ mails: 4 });
  messages = (await jackdaw.get("/messages")).body.items;
});
after(() => jackdaw?.stop());

const toggle = async (message) => {
  message.unread = !message.unread;
  const answer = await jackdaw.ask("PATCH", `/messages/${message.id}`,
    { body: { unread: message.unread } });
  assert.equal(answer.status, 200);
};

const place = async () => {
  const { body } = await jackdaw.get("/events/log");
  return { epoch: body.epoch, seq: body.seq };
};

test("welcome tells the place, then a change is an event", async () => {
  const socket = await jackdaw.listen();
  const welcome = await socket.next();
  assert.equal(welcome.type, "welcome");
  assert.deepEqual({ epoch: welcome.epoch, seq: welcome.seq }, await place());
  await toggle(messages[0]);
  const event = await socket.until((frame) => frame.event === "message.changed");
  assert.equal(event.type, "event");
  assert.equal(event.seq, welcome.seq + 1);
  assert.ok(event.data.ids.includes(messages[0].id));
  socket.close();
});

test("a mail that arrives is a decided event", async () => {
  const socket = await jackdaw.listen();
  await socket.next();
  await jackdaw.deliver(mail(500, { subject: "Fresh" }));
  await socket.until((frame) => frame.event === "messages.decided");
  const { body } = await jackdaw.get("/messages?limit=1&unread=true");
  assert.ok(body.items.length);
  socket.close();
});

test("who comes back gets exactly what was missed", async () => {
  const seen = await place();
  for (let i = 0; i < 7; i++) await toggle(messages[i % messages.length]);
  const socket = await jackdaw.listen({ after: seen });
  const welcome = await socket.next();
  assert.equal(welcome.type, "welcome");
  await toggle(messages[0]);
  const got = [];
  while (got.length < 8) got.push((await socket.next()).seq);
  assert.deepEqual(got, Array.from({ length: 8 }, (_, i) => seen.seq + 1 + i));
  socket.close();
});

test("joining while events happen loses none", async () => {
  const seen = await place();
  const changes = (async () => {
    for (let i = 0; i < 40; i++) await toggle(messages[i % messages.length]);
  })();
  const sockets = await Promise.all(
    Array.from({ length: 10 }, () => jackdaw.listen({ after: seen })),
  );
  const lists = await Promise.all(
    sockets.map(async (socket) => {
      const list = [];
      while (list.length < 40) {
        const frame = await socket.next();
        if (frame.type === "event") list.push(frame.seq);
      }
      socket.close();
      return list;
    }),
  );
  await changes;
  const expected = Array.from({ length: 40 }, (_, i) => seen.seq + 1 + i);
  for (const list of lists) assert.deepEqual(list, expected);
});

test("a place that does not exist is answered with resync", async () => {
  const now = await place();
  for (const after of [
    { epoch: now.epoch + 1, seq: 1 },
    { epoch: now.epoch, seq: now.seq + 1000 },
  ]) {
    const socket = await jackdaw.listen({ after });
    assert.deepEqual(await socket.next(), { type: "resync", ...now });
    socket.close();
  }
});

test("polling gives the same events", async () => {
  const seen = await place();
  await toggle(messages[1]);
  await toggle(messages[2]);
  const { body } = await jackdaw.get(`/events/log?after=${seen.epoch}.${seen.seq}`);
  assert.deepEqual(body.items.map((item) => item.seq), [seen.seq + 1, seen.seq + 2]);
  assert.equal(body.next, `${seen.epoch}.${seen.seq + 2}`);
  const stale = await jackdaw.get(`/events/log?after=1.1`);
  assert.equal(stale.status, 410);
  assert.equal(stale.body.position, body.next);
});

test("a renewed token keeps the connection", async () => {
  const socket = await jackdaw.listen();
  await socket.next();
  await socket.send({ type: "refresh", token: jackdaw.token });
  const answer = await socket.next();
  assert.equal(answer.type, "refreshed");
  assert.ok(answer.expires_in > 0);
  await toggle(messages[3]);
  assert.equal((await socket.next()).event, "message.changed");
  socket.close();
});

test("strangers and nonsense are closed with their codes", async () => {
  assert.equal(await (await jackdaw.listen({ token: "x" })).end(), 4401);
  const socket = await jackdaw.listen();
  await socket.next();
  await socket.send("nonsense");
  assert.equal(await socket.end(), 4400);
  const foreign = jackdaw.listen({ headers: { Origin: "http://evil.example" } });
  await assert.rejects(foreign, /403/);
  const own = await jackdaw.listen({ headers: { Origin: jackdaw.url } });
  assert.equal((await own.next()).type, "welcome");
  own.close();
});

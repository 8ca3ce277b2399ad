// Signing in, staying signed in by rotating refresh tokens, and signing out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, ID, PASSWORD, runWith, start } from "./lib.mjs";
import { addUser } from "./users.mjs";
import { WebSocketClient } from "./ws.mjs";

let jackdaw;
before(async () => (jackdaw = await start()));
after(() => jackdaw?.stop());

const cookieOf = (answer) => answer.headers.get("set-cookie").split(";")[0];
const refresh = (cookie, headers = {}) =>
  jackdaw.ask("POST", "/auth/refresh", { headers: { cookie, ...headers }, token: null });

test("a name and a password give a token and a cookie for this path alone", async () => {
  const answer = await jackdaw.signIn();
  assert.equal(answer.status, 200);
  assert.equal(answer.body.token_type, "Bearer");
  assert.equal(answer.body.expires_in, 900);
  assert.equal(answer.body.user.name, "admin");
  assert.match(answer.body.user.id, ID);
  const cookie = answer.headers.get("set-cookie");
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"]) {
    assert.ok(cookie.includes(part), `${part} in ${cookie}`);
  }
  const me = await jackdaw.get("/me");
  assert.deepEqual(me.body, answer.body.user);
});

test("a wrong password and an unknown name are told the same", async () => {
  const wrong = await jackdaw.signIn("admin", "wrong");
  const unknown = await jackdaw.signIn("nobody", "wrong");
  assert.equal(wrong.status, 401);
  assert.deepEqual(wrong.body, unknown.body);
  await jackdaw.signIn();
});

test("guessing is slowed down, for this name alone", async () => {
  let answer;
  for (let i = 0; i < 8; i++) {
    answer = await jackdaw.signIn("guessed", "wrong");
    if (answer.status === 429) break;
  }
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  assert.equal((await jackdaw.signIn()).status, 200);
});

test("no token, a changed token and a foreign one are refused", async () => {
  const token = jackdaw.token;
  const [head, claims, seal] = token.split(".");
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
  const cases = [null, "x", `${head}.${claims}.`, `${none}.${claims}.`, `${head}.${claims}x.${seal}`];
  for (const each of cases) {
    const answer = await jackdaw.get("/me", { token: each });
    assert.equal(answer.status, 401, String(each));
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.ok(answer.headers.get("www-authenticate"));
  }
});

test("refreshing replaces the cookie; using the old one again ends the sign-in", async () => {
  const first = cookieOf(await jackdaw.signIn());
  const answer = await refresh(first);
  assert.equal(answer.status, 200);
  assert.ok(answer.body.access_token);
  const second = cookieOf(answer);
  assert.notEqual(first, second);
  assert.equal((await refresh(first)).status, 401);
  assert.equal((await refresh(second)).status, 401);
});

test("a page of another site cannot use the cookie", async () => {
  const cookie = cookieOf(await jackdaw.signIn());
  assert.equal((await refresh(cookie, { origin: "http://evil.example" })).status, 401);
  assert.equal((await refresh(cookie, { origin: jackdaw.url })).status, 200);
});

test("a refresh token in the body goes back in the body", async () => {
  const [, secret] = cookieOf(await jackdaw.signIn()).split("=");
  const answer = await jackdaw.ask("POST", "/auth/refresh", { body: { refresh_token: secret } });
  assert.equal(answer.status, 200);
  assert.ok(answer.body.refresh_token);
  assert.equal(answer.headers.get("set-cookie"), null);
});

test("signing out ends the sign-in", async () => {
  const cookie = cookieOf(await jackdaw.signIn());
  const out = await jackdaw.ask("POST", "/auth/logout", { headers: { cookie } });
  assert.equal(out.status, 204);
  assert.ok(out.headers.get("set-cookie").includes("Max-Age=0"));
  assert.equal((await refresh(cookie)).status, 401);
});

test("the link that the start printed signs in once", async () => {
  const link = /https?:\/\/\S*[#?&/]\S*?([A-Za-z0-9_-]{20,})/.exec(jackdaw.output);
  assert.ok(link, `a link in:\n${jackdaw.output}`);
  const use = () => jackdaw.ask("POST", "/auth/link", { body: { token: link[1] }, token: null });
  const answer = await use();
  assert.equal(answer.status, 200);
  assert.equal(answer.body.user.name, "admin");
  assert.equal((await use()).status, 401);
  assert.equal((await jackdaw.signIn("admin", PASSWORD)).status, 200);
});

test("a new password ends every session of that user, at once and of nobody else", async () => {
  const token = await addUser(jackdaw, "lee", "user");
  const other = await addUser(jackdaw, "kim", "user");
  const [socket, others] = [await jackdaw.listen({ token }), await jackdaw.listen({ token: other })];
  assert.equal((await socket.next()).type, "welcome");
  assert.equal((await others.next()).type, "welcome");

  const password = "another horse, another battery";
  const set = await runWith(`${password}\n`, "user", "password", "lee", "--config", jackdaw.config);
  assert.equal(set.code, 0, set.stderr);
  assert.equal(await socket.end(), 4401);
  await eventually("the token is refused", async () => {
    return (await jackdaw.get("/me", { token })).status === 401;
  }, 2_000);
  const change = { body: { unread: false }, token };
  assert.equal((await jackdaw.ask("PATCH", "/messages/0000000000001", change)).status, 401);
  assert.equal(await (await jackdaw.listen({ token })).end(), 4401);

  assert.equal((await jackdaw.get("/me", { token: other })).status, 200);
  assert.equal(others.closed, null);
  others.close();
  const body = { username: "lee", password };
  const again = await jackdaw.ask("POST", "/auth/login", { body, token: null });
  assert.equal(again.status, 200);
  assert.equal((await jackdaw.get("/me", { token: again.body.access_token })).status, 200);
});

test("two on one host have cookies of different names, and each its own after a restart", async () => {
  const second = await start();
  const nameOf = (answer) => cookieOf(answer).split("=")[0];
  try {
    const [one, two] = [nameOf(await jackdaw.signIn()), nameOf(await second.signIn())];
    assert.match(one, /^jackdaw_refresh_[0-9a-f]{8}$/);
    assert.match(two, /^jackdaw_refresh_[0-9a-f]{8}$/);
    assert.notEqual(one, two);
    const cookies = [cookieOf(await jackdaw.signIn()), cookieOf(await second.signIn())].join("; ");
    assert.equal((await refresh(cookies)).status, 200);
    await second.end();
    second.spawn();
    await second.ready();
    assert.equal(nameOf(await second.signIn()), two);
  } finally {
    await second.stop();
  }
});

test("who connects first and says nothing is not kept", async () => {
  const second = await start();
  try {
    const since = performance.now();
    const socket = await WebSocketClient.open(second.port);
    assert.equal(await socket.end(), 4408);
    assert.ok(performance.now() - since < 10_000, "5 seconds, and a tick");
  } finally {
    await second.stop();
  }
});

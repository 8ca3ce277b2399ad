// Signing in, staying signed in by rotating refresh tokens, and signing out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ID, PASSWORD, start } from "./lib.mjs";

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

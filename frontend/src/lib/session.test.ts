import { beforeEach, describe, expect, it, vi } from "vitest";
import { answerWith, refuse } from "../test/answers";
import { idOf } from "../test/factories";

const session = (token: string) => ({
  access_token: token,
  token_type: "Bearer",
  expires_in: 900,
  user: { id: idOf(1), name: "admin", role: "admin" },
});

/** A page that has just loaded: the session keeps its token in the module. */
async function fresh() {
  vi.resetModules();
  const { call } = await import("./http");
  return { ...(await import("./session")), call };
}

let page: Awaited<ReturnType<typeof fresh>>;
beforeEach(async () => {
  page = await fresh();
});

describe("on load", () => {
  it("a link is exchanged, once", async () => {
    const asked = answerWith({ "POST /auth/link": session("a") });
    await page.start("secret");
    expect(page.sessionState.get()).toMatchObject({ phase: "in", user: { name: "admin" } });
    expect(asked.map(({ path, body }) => [path, body])).toEqual([["/auth/link", { token: "secret" }]]);
  });

  it("without a link the cookie signs in", async () => {
    answerWith({ "POST /auth/refresh": session("a") });
    await page.start(null);
    expect(page.sessionState.get().phase).toBe("in");
  });

  it("without either the door is shown, without a reproach", async () => {
    answerWith({ "POST /auth/refresh": refuse(401, "nobody is signed in here") });
    await page.start(null);
    expect(page.sessionState.get()).toEqual({ phase: "out", problem: null });
  });

  it("a link that was used says so", async () => {
    answerWith({
      "POST /auth/link": refuse(401, "this link was used"),
      "POST /auth/refresh": refuse(401, "nobody is signed in here"),
    });
    const shown: unknown[] = [];
    page.sessionState.subscribe(() => shown.push(page.sessionState.get()));
    await page.start("old");
    expect(shown).toMatchObject([{ phase: "out", problem: { detail: "this link was used" } }]);
  });

  it("a link that was used does no harm to who is signed in", async () => {
    answerWith({ "POST /auth/link": refuse(401, "this link was used"), "POST /auth/refresh": session("a") });
    await page.start("old");
    expect(page.sessionState.get().phase).toBe("in");
  });
});

describe("an access token that is no longer taken", () => {
  it("is renewed once for all who wait, and each asks again", async () => {
    let renewals = 0;
    const asked = answerWith({
      "POST /auth/link": session("old"),
      "POST /auth/refresh": () => (renewals++, session("new")),
      "GET /me": ({ token }: { token: string }) => (token === "Bearer new" ? { ok: true } : refuse(401, "expired")()),
    });
    await page.start("secret");
    await Promise.all([1, 2, 3].map(() => page.call("GET", "/api/v1/me")));
    expect(renewals).toBe(1);
    expect(asked.filter(({ path }) => path === "/me").map(({ token }) => token)).toEqual([
      ...Array<string>(3).fill("Bearer old"),
      ...Array<string>(3).fill("Bearer new"),
    ]);
  });

  it("that cannot be renewed ends the session", async () => {
    answerWith({
      "POST /auth/link": session("old"),
      "POST /auth/refresh": refuse(401, "this sign-in has ended"),
      "GET /me": refuse(401, "expired"),
    });
    await page.start("secret");
    await expect(page.call("GET", "/api/v1/me")).rejects.toMatchObject({ status: 401 });
    expect(page.sessionState.get().phase).toBe("out");
  });

  it("stays when the server is only away", async () => {
    answerWith({
      "POST /auth/link": session("old"),
      "POST /auth/refresh": refuse(503, "starting"),
      "GET /me": refuse(401, "expired"),
    });
    await page.start("secret");
    await expect(page.call("GET", "/api/v1/me")).rejects.toMatchObject({ status: 503 });
    expect(page.sessionState.get().phase).toBe("in");
  });
});

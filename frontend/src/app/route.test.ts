import { describe, expect, it } from "vitest";
import { idOf } from "../test/factories";
import { everything, formatRoute, parseRoute } from "./route";

describe("an address", () => {
  it.each([
    ["", { page: "inbox", filter: everything, message: null }],
    ["#/nowhere", { page: "inbox", filter: everything, message: null }],
    ["#/accounts", { page: "accounts" }],
    ["#/signin?link=abc", { page: "signin", link: "abc" }],
    ["#/signin", { page: "signin", link: null }],
    ["#/inbox?category=work&unread=1", { page: "inbox", filter: { ...everything, category: "work", unread: true }, message: null }],
    ["#/inbox?category=bogus&account=../x&message=<b>", { page: "inbox", filter: everything, message: null }],
    ["#/inbox?q=tea&category=work", { page: "inbox", filter: { ...everything, q: "tea" }, message: null }],
  ])("%j", (hash, route) => expect(parseRoute(hash)).toEqual(route));

  it("brings the same screen back", () => {
    const route = {
      page: "inbox" as const,
      filter: { category: "meeting" as const, account: idOf(3), unread: true, q: "" },
      message: idOf(7),
    };
    expect(parseRoute(formatRoute(route))).toEqual(route);
    const found = { page: "inbox" as const, filter: { ...everything, q: "a&b=c #?" }, message: null };
    expect(parseRoute(formatRoute(found))).toEqual(found);
  });

  it("never holds a link", () => {
    expect(formatRoute({ page: "signin", link: "secret" })).toBe("#/signin");
  });
});

import { describe, expect, it } from "vitest";
import { agoTime, dueTime, longTime, shortTime } from "./time";

const place = { locale: "en-GB", timeZone: "Europe/Vienna" };
/** Versions of the language data differ in commas. */
const plain = (text = ""): string => text.replaceAll(",", "");
const now = new Date("2026-03-10T12:00:00Z");

describe("in a list", () => {
  it.each([
    ["2026-03-10T09:05:00Z", "10:05"],
    ["2026-03-09T23:30:00Z", "00:30"], // today in Vienna, yesterday in London
    ["2026-03-09T22:30:00Z", "9 Mar"],
    ["2025-12-31T23:30:00Z", "1 Jan"],
    ["2025-12-31T22:30:00Z", "31 Dec 2025"],
  ])("%s is %s", (date, text) => expect(shortTime(new Date(date), now, place)).toBe(text));
});

it("says the whole of it in a reader", () => {
  const text = longTime(new Date("2026-03-09T22:30:00Z"), place);
  expect(plain(text)).toMatch(/^Mon 9 Mar 2026 (at )?23:30$/);
});

describe("due", () => {
  it.each([
    [null, "2026-03-10", "today", false],
    [null, "2026-03-11", "tomorrow", false],
    [null, "2026-03-09", "yesterday", true],
    [null, "2026-03-13", "Friday", false],
    [null, "2026-03-27", "Fri, 27 Mar", false],
    [null, "2027-01-04", "Mon, 4 Jan 2027", false],
    ["2026-03-10T11:00:00Z", null, "today, 12:00", true],
    ["2026-03-10T23:30:00Z", null, "tomorrow, 00:30", false],
  ])("%s %s is %s", (due, dueDate, text, late) => {
    const told = dueTime(due ? new Date(due) : null, dueDate, now, place);
    expect(plain(told?.text)).toBe(plain(text));
    expect(told?.late).toBe(late);
  });

  it("whenever", () => expect(dueTime(null, null, now, place)).toBeNull());
});

describe("ago", () => {
  it.each([
    [20_000, "just now"],
    [5 * 60_000, "5 min ago"],
    [3 * 3_600_000, "3 h ago"],
    [50 * 3_600_000, "2 d ago"],
  ])("%d ms is %s", (ms, text) => expect(agoTime(new Date(now.getTime() - ms), now)).toBe(text));
});

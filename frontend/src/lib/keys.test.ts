import { describe, expect, it } from "vitest";
import { idOf } from "../test/factories";
import { keys, touchedBy } from "./keys";

const ids = [idOf(1), idOf(2)];

describe("an event touches", () => {
  it("messages.decided: the heads of lists, the counts, what is open of these messages", () => {
    const touched = touchedBy("messages.decided", { account_id: idOf(9), ids, count: 2 });
    expect(touched.lists).toBe("head");
    expect(touched.stale).toContainEqual(keys.counts);
    expect(touched.stale).toContainEqual(keys.message(idOf(2)));
    expect(touched.stale).toContainEqual(keys.explanation(idOf(1)));
    expect(touched.stale).toContainEqual(keys.tasks);
  });

  it("message.changed: its row, alone", () => {
    const touched = touchedBy("message.changed", { ids: [idOf(1)], operation: idOf(5) });
    expect(touched).toMatchObject({ lists: null, rows: [idOf(1)] });
  });

  it("message.changed of many: the lists", () => {
    const many = Array.from({ length: 50 }, (_, n) => idOf(n));
    expect(touchedBy("message.changed", { ids: many })).toMatchObject({ lists: "all", rows: [] });
  });

  it.each([
    ["message.removed", { ids }, "all", keys.counts],
    ["messages.removed", {}, "all", keys.messages],
    ["task.changed", { ids }, "head", keys.tasks],
    ["account.added", {}, null, keys.accounts],
    ["account.changed", {}, null, keys.accounts],
    ["account.synced", {}, null, keys.counts],
    ["account.removed", {}, "all", keys.accounts],
    ["account.settled", {}, "all", keys.accounts],
  ])("%s", (event, data, lists, key) => {
    const touched = touchedBy(event, data);
    expect(touched.lists).toBe(lists);
    expect(touched.stale).toContainEqual(key);
  });

  it.each([["unheard.of", {}], ["messages.decided", null], ["message.changed", { ids: [7, {}] }]])(
    "%s with %j without harm",
    (event, data) => expect(() => touchedBy(event, data)).not.toThrow(),
  );
});

import { describe, expect, it } from "vitest";
import type { Evidence, Explanation } from "../../lib/types";
import { evidenceName, factSentences, groupEvidence, hasLost, scaleName, signed } from "./evidence";

const piece = (id: string, scale: string, weight: number): Evidence => ({ id, scale, weight, words: [] });

const explanation = (some: Partial<Explanation> = {}): Explanation => ({
  category: "work",
  verdictCategory: "work",
  corrected: false,
  priority: "high",
  needsReply: false,
  confidence: 0.9,
  releaseId: "1",
  decided: new Date(0),
  evidence: [],
  failures: [],
  facts: {},
  route: "keep",
  routeReason: "",
  ...some,
});

it.each([
  ["standard/receipt/order-number", "order number", "standard/receipt"],
  ["standard/work/a person wrote it", "a person wrote it", "standard/work"],
  ["lone", "lone", ""],
])("%s is named for people", (id, name, rule) => expect(evidenceName(id)).toEqual({ name, rule }));

it.each([
  ["priority:urgent", "urgent priority"],
  ["needs-reply", "needs reply"],
  ["receipt", "receipt"],
])("%s is a scale that people read", (scale, name) => expect(scaleName(scale)).toBe(name));

it.each([
  [1.5, "+1.5"],
  [-3, "−3.0"],
  [0, "+0.0"],
])("%d is written %s", (weight, text) => expect(signed(weight)).toBe(text));

it("groups evidence by what it speaks for: the verdict first, then the heaviest", () => {
  const groups = groupEvidence(
    [piece("a", "spam", 5), piece("b", "work", 1), piece("c", "work", -2), piece("d", "meeting", 2)],
    "work",
  );
  expect(groups.map(({ scale, sum }) => [scale, sum])).toEqual([
    ["work", -1],
    ["spam", 5],
    ["meeting", 2],
  ]);
  expect(groups[0]?.evidence.map(({ id }) => id)).toEqual(["c", "b"]);
});

describe("what the message has not become", () => {
  it.each([
    ["work", false],
    ["spam", true],
    ["priority:high", false],
    ["priority:urgent", true],
    ["needs-reply", true],
  ])("%s: %s", (scale, lost) => expect(hasLost({ scale, sum: 1, evidence: [] }, explanation())).toBe(lost));
});

describe("what the rules knew", () => {
  it.each([
    [{}, ["You had not written to this sender before"]],
    [{ from_me: false, wrote_to_sender: true }, ["You had written to this sender before"]],
    [{ thread_has_mine: true, on_holiday: true }, ["You took part in this conversation", "on holiday"]],
  ])("%j", (facts, sentences) => expect(factSentences(explanation({ facts }))).toEqual(sentences));
});

import { describe, expect, it } from "vitest";
import { linksOf, passagesOf, unitsOfBytes } from "./text";

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe("byte offsets become places in a string", () => {
  it.each([
    ["plain", "hello", [0, 3, 5], [0, 3, 5]],
    ["two bytes", "Grüße", [0, 2, 4, 7], [0, 2, 3, 5]],
    ["three bytes", "a日本b", [1, 4, 7, 8], [1, 2, 3, 4]],
    ["four bytes are two units", "a😀b", [1, 5, 6], [1, 3, 4]],
    ["inside a character: its beginning", "a😀b", [2, 3, 4], [1, 1, 1]],
    ["behind the end: the end", "ab", [3, 99], [2, 2]],
    ["unsorted", "äöü", [4, 0, 2], [2, 0, 1]],
    ["empty", "", [0, 1], [0, 0]],
    ["a lone surrogate counts as the three bytes it is sent as", "\ud800x", [3, 4], [1, 2]],
  ])("%s", (_name, text, offsets, units) => {
    expect(unitsOfBytes(text, offsets)).toEqual(units);
  });

  it("agrees with the encoder at every character", () => {
    const text = "Zürich – 東京 👩‍👧 e\u0301 end";
    let unit = 0;
    for (const character of text) {
      expect(unitsOfBytes(text, [bytes(text.slice(0, unit))])).toEqual([unit]);
      unit += character.length;
    }
  });
});

describe("passages", () => {
  const own = "Schöne Grüße 😀\n";
  const quote = "> früher\n";
  const text = own + quote + "Ende";
  const zones = [{ kind: "quote", start: bytes(own), end: bytes(own + quote) }];

  it("are the writer's words and the zones, in order and whole", () => {
    const passages = passagesOf(text, zones, null);
    expect(passages.map(({ kind }) => kind)).toEqual(["own", "quote", "own"]);
    expect(passages.map(({ pieces }) => pieces.map((piece) => piece.text).join(""))).toEqual([own, quote, "Ende"]);
  });

  it("mark a range in bytes, across passages", () => {
    const start = bytes("Schöne Grüße ");
    const marked = passagesOf(text, zones, { start, end: bytes(`${own}> fr`) })
      .flatMap(({ pieces }) => pieces)
      .filter((piece) => piece.marked)
      .map((piece) => piece.text);
    expect(marked).toEqual(["😀\n", "> fr"]);
  });

  it("survive zones that overlap, are empty or end behind the text", () => {
    const wild = [
      { kind: "footer", start: 4, end: 999 },
      { kind: "quote", start: 2, end: 6 },
      { kind: "signature", start: 3, end: 3 },
    ];
    const passages = passagesOf("abcdefgh", wild, null);
    expect(passages.map(({ kind, pieces }) => [kind, pieces[0]?.text])).toEqual([
      ["own", "ab"],
      ["quote", "cdef"],
      ["footer", "gh"],
    ]);
  });

  it("of no text are none", () => expect(passagesOf("", [], null)).toEqual([]));
});

describe("links", () => {
  it.each([
    ["see https://example.org/a?b=1.", "https://example.org/a?b=1"],
    ["(http://example.org)", "http://example.org"],
    ["https://en.wikipedia.org/wiki/Jackdaw_(bird), yes", "https://en.wikipedia.org/wiki/Jackdaw_(bird)"],
    ["<https://example.org/x>", "https://example.org/x"],
  ])("in %j", (text, href) => {
    const parts = linksOf(text);
    expect(parts.filter((part) => part.href).map((part) => part.href)).toEqual([href]);
    expect(parts.map((part) => part.text).join("")).toBe(text);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "no link", ""])("not in %j", (text) => {
    expect(linksOf(text).some((part) => part.href)).toBe(false);
  });
});

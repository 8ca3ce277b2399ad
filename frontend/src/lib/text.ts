/**
 * The text of a message and its parts. The server counts bytes of UTF-8; a JavaScript string
 * counts UTF-16 units. Both meet here and nowhere else.
 */
import type { Zone } from "./types";

/**
 * The places in `text` of the given byte offsets. An offset inside a character means its
 * beginning; one behind the end means the end.
 */
export function unitsOfBytes(text: string, offsets: readonly number[]): number[] {
  const order = offsets.map((offset, index) => ({ offset, index })).sort((a, b) => a.offset - b.offset);
  const units = new Array<number>(offsets.length);
  let bytes = 0;
  let unit = 0;
  for (const { offset, index } of order) {
    while (unit < text.length) {
      const point = text.codePointAt(unit) as number;
      const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      if (bytes + size > offset) break;
      bytes += size;
      unit += point < 0x10000 ? 1 : 2;
    }
    units[index] = unit;
  }
  return units;
}

export interface ByteRange {
  start: number;
  end: number;
}

export interface Piece {
  text: string;
  /** Inside the highlighted range. */
  marked: boolean;
}

/** A run of text that is shown as one: the writer's own words ("own") or a zone. */
export interface Passage {
  kind: string;
  pieces: Piece[];
}

interface Cut {
  kind: string;
  start: number;
  end: number;
}

function cutZones(length: number, zones: readonly Cut[]): Cut[] {
  const cuts: Cut[] = [];
  let at = 0;
  for (const zone of [...zones].sort((a, b) => a.start - b.start)) {
    const start = Math.max(zone.start, at);
    if (zone.end <= start) continue;
    if (start > at) cuts.push({ kind: "own", start: at, end: start });
    cuts.push({ kind: zone.kind, start, end: zone.end });
    at = zone.end;
  }
  if (at < length) cuts.push({ kind: "own", start: at, end: length });
  return cuts;
}

function cutPieces(text: string, { start, end }: Cut, mark: ByteRange | null): Piece[] {
  const from = mark ? Math.min(Math.max(mark.start, start), end) : end;
  const to = mark ? Math.min(Math.max(mark.end, start), end) : end;
  return [
    { text: text.slice(start, from), marked: false },
    { text: text.slice(from, to), marked: true },
    { text: text.slice(to, end), marked: false },
  ].filter((piece) => piece.text !== "");
}

/** Cuts a text into passages. Zones and mark are in bytes. */
export function passagesOf(text: string, zones: readonly Zone[], mark: ByteRange | null): Passage[] {
  const offsets = zones.flatMap((zone) => [zone.start, zone.end]);
  const units = unitsOfBytes(text, mark ? [...offsets, mark.start, mark.end] : offsets);
  const at = (index: number): number => units[index] as number;
  const cuts = zones.map((zone, i) => ({ kind: zone.kind, start: at(2 * i), end: at(2 * i + 1) }));
  const marked = mark ? { start: at(offsets.length), end: at(offsets.length + 1) } : null;
  return cutZones(text.length, cuts).map((cut) => ({
    kind: cut.kind,
    pieces: cutPieces(text, cut, marked),
  }));
}

export interface Linked {
  text: string;
  href: string | null;
}

const linkPattern = /https?:\/\/[^\s<>"'`{}|\\^]+/gi;

/** Cuts out web addresses. Punctuation that ends a sentence is no part of one. */
export function linksOf(text: string): Linked[] {
  const parts: Linked[] = [];
  let at = 0;
  for (const match of text.matchAll(linkPattern)) {
    const href = trimLink(match[0]);
    if (match.index > at) parts.push({ text: text.slice(at, match.index), href: null });
    parts.push({ text: href, href });
    at = match.index + href.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), href: null });
  return parts;
}

function trimLink(link: string): string {
  const bare = link.replace(/[.,;:!?\]]+$/, "");
  return bare.endsWith(")") && !bare.includes("(") ? bare.slice(0, -1) : bare;
}

/**
 * A list that is paged by keyset and grows while it is looked at: pure functions over the data
 * of an infinite query. Rows stand newest first; a row is known by its id.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { MessageFilter, MessageItem, Page } from "./types";

export type Rows = Page<MessageItem>;
/** The cursor that brought a page is its parameter; the first has none. */
export type RowPages = InfiniteData<Rows, string | null>;

/** How many rows a page behind the first has: as many as the server gives. */
export const PAGE_ROWS = 200;

/** Negative: a stands above b. */
export function compareRows(a: MessageItem, b: MessageItem): number {
  const apart = b.received.getTime() - a.received.getTime();
  if (apart !== 0) return apart;
  return a.id === b.id ? 0 : a.id > b.id ? -1 : 1;
}

/** All rows in order, each once: rows that arrive between two pages can come twice. */
export function flatten(data: RowPages | undefined): MessageItem[] {
  const seen = new Set<string>();
  const rows: MessageItem[] = [];
  for (const page of data?.pages ?? []) {
    for (const row of page.items) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      rows.push(row);
    }
  }
  return rows;
}

/** How many rows of a fresh first page stand above all that are shown. */
export function countAbove(data: RowPages | undefined, fresh: Rows): number {
  const top = flatten(data)[0];
  return top ? fresh.items.filter((row) => compareRows(row, top) < 0).length : fresh.items.length;
}

const firstOnly = (page: Rows): RowPages => ({ pages: [page], pageParams: [null] });

/**
 * The list with one page as it is now. What the fresh page spans is replaced; what stood further
 * below follows it as a page of its own, so that each page can be asked for again.
 */
export function mergePage(data: RowPages, index: number, fresh: Rows): RowPages {
  const pages = [...data.pages.slice(0, index), fresh];
  const pageParams = data.pageParams.slice(0, index + 1);
  const last = fresh.items.at(-1);
  if (!last || fresh.nextCursor === null) return { pages, pageParams };
  data.pages.slice(index).forEach((page, i) => {
    const items = page.items.filter((row) => compareRows(row, last) > 0);
    if (items.length === 0) return;
    const isNext = pages.length === index + 1;
    const above = pages.at(-1);
    if (!isNext && above && above.items.length + items.length <= PAGE_ROWS) {
      // Small ones become one, or they would be as many as there was news.
      pages[pages.length - 1] = { items: [...above.items, ...items], nextCursor: page.nextCursor };
      return;
    }
    pages.push({ ...page, items });
    pageParams.push((isNext ? fresh.nextCursor : data.pageParams[index + i]) ?? null);
  });
  return { pages, pageParams };
}

/** The list with its head as it is now; it begins anew when the two do not touch. */
export function mergeHead(data: RowPages | undefined, fresh: Rows): RowPages {
  const known = new Set(flatten(data).map((row) => row.id));
  if (!data || !fresh.items.some((row) => known.has(row.id))) return firstOnly(fresh);
  return mergePage(data, 0, fresh);
}

/** As mergeHead, for a reader further down: what stands above all that is shown stays out. */
export function mergeBelowTop(data: RowPages, fresh: Rows): RowPages {
  const top = flatten(data)[0];
  const items = top ? fresh.items.filter((row) => compareRows(row, top) >= 0) : [];
  return items.length > 0 ? mergePage(data, 0, { ...fresh, items }) : data;
}

/** The indexes of the pages that hold the rows from one to another. */
export function pagesBetween(data: RowPages, firstId: string, lastId: string): number[] {
  const holding = (id: string): number => data.pages.findIndex((page) => page.items.some((row) => row.id === id));
  const [first, last] = [holding(firstId), holding(lastId)];
  return first < 0 || last < first ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The cursor of a last page behind the first that had ended: more may have come since. */
export function endedTail(data: RowPages | undefined): string | null {
  const tail = data?.pages.at(-1);
  return tail && tail.nextCursor === null ? (data?.pageParams.at(-1) ?? null) : null;
}

export function replaceTail(data: RowPages, tail: Rows): RowPages {
  return { ...data, pages: [...data.pages.slice(0, -1), tail] };
}

/** The first page alone; the others come again when they are scrolled to. */
export function trimmed(data: RowPages): RowPages {
  const first = data.pages[0];
  return first ? firstOnly(first) : data;
}

/** Null where the server alone can tell, as in a search. */
export function matches(filter: MessageFilter, row: MessageItem): boolean | null {
  if (filter.q) return null;
  if (filter.category && filter.category !== row.category) return false;
  if (filter.account && filter.account !== row.accountId) return false;
  return !filter.unread || row.unread;
}

export function dropRow(data: RowPages, id: string): RowPages {
  const pages = data.pages.map((page) =>
    page.items.some((row) => row.id === id)
      ? { ...page, items: page.items.filter((row) => row.id !== id) }
      : page,
  );
  return { ...data, pages };
}

function insertRow(data: RowPages, row: MessageItem): RowPages {
  const index = data.pages.findIndex((page) => page.items.some((other) => compareRows(row, other) < 0));
  const last = data.pages.at(-1);
  const place = index >= 0 ? index : last?.nextCursor === null ? data.pages.length - 1 : -1;
  if (place < 0) return data; // below what is loaded
  const pages = data.pages.map((page, i) =>
    i === place ? { ...page, items: [...page.items, row].sort(compareRows) } : page,
  );
  return { ...data, pages };
}

/**
 * The list after one row has changed: replaced, gone or come in by its filter. A row that was
 * read stays in a list of unread ones until that is loaded anew, so that nothing vanishes
 * under a reader.
 */
export function putRow(data: RowPages, filter: MessageFilter, row: MessageItem): RowPages {
  const present = data.pages.some((page) => page.items.some((other) => other.id === row.id));
  if (!present) return matches(filter, row) === true ? insertRow(data, row) : data;
  if (matches({ ...filter, unread: false }, row) === false) return dropRow(data, row.id);
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((other) => (other.id === row.id ? row : other)),
  }));
  return { ...data, pages };
}

/**
 * Events into the cache, in one place: what is small is patched, what is large is loaded anew,
 * and of a flood at most two rounds a second.
 */
import { hashKey, type InfiniteData, type QueryClient, type QueryKey } from "@tanstack/react-query";
import * as api from "./api";
import { Problem } from "./http";
import { keys, touchedBy } from "./keys";
import { dropRow, putRow, trimmed, type RowPages, type Rows } from "./pages";
import { createStore } from "./store";
import { throttle } from "./throttle";
import type { MessageFilter, MessageItem } from "./types";

const PAUSE_MS = 500;

/** Counts up when the heads of lists may have changed: an open list then looks. */
export const headNews = createStore(0);

/** Applies one changed row to every list in the cache. */
export function putRowEverywhere(client: QueryClient, row: MessageItem): void {
  for (const [key, data] of client.getQueriesData<RowPages>({ queryKey: keys.lists })) {
    if (data) client.setQueryData(key, putRow(data, key[1] as MessageFilter, row));
  }
}

function dropRowEverywhere(client: QueryClient, id: string): void {
  client.setQueriesData<RowPages>({ queryKey: keys.lists }, (data) => data && dropRow(data, id));
}

/** The row as the cache has it, from any list or the reader. */
export function findRow(client: QueryClient, id: string): MessageItem | undefined {
  for (const [, data] of client.getQueriesData<InfiniteData<Rows>>({ queryKey: keys.lists })) {
    for (const page of data?.pages ?? []) {
      const row = page.items.find((item) => item.id === id);
      if (row) return row;
    }
  }
  return client.getQueryData(keys.message(id));
}

/** Lists that nobody looks at: their first page is kept to be shown while it loads anew. */
function ageHiddenLists(client: QueryClient): void {
  for (const query of client.getQueryCache().findAll({ queryKey: keys.lists, type: "inactive" })) {
    query.setData((query.state.data as RowPages | undefined) && trimmed(query.state.data as RowPages));
  }
  void client.invalidateQueries({ queryKey: keys.lists, refetchType: "none" });
}

async function loadRow(client: QueryClient, id: string): Promise<void> {
  try {
    const message = await api.getMessage(id);
    putRowEverywhere(client, message);
    client.setQueryData(keys.message(id), message);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) dropRowEverywhere(client, id);
    // Any other failure shows where the message itself is asked for.
  }
}

export interface Live {
  onEvent(event: string, data: unknown): void;
  onReload(): void;
  close(): void;
}

export function createLive(client: QueryClient): Live {
  const stale = new Map<string, QueryKey>();
  const rows = new Set<string>();
  let lists: "head" | "all" | null = null;

  const flush = throttle(() => {
    for (const queryKey of stale.values()) void client.invalidateQueries({ queryKey });
    for (const id of rows) void loadRow(client, id);
    if (lists === "all") void client.invalidateQueries({ queryKey: keys.lists });
    if (lists === "head") {
      ageHiddenLists(client);
      headNews.set(headNews.get() + 1);
    }
    stale.clear();
    rows.clear();
    lists = null;
  }, PAUSE_MS);

  return {
    onEvent(event, data) {
      const touched = touchedBy(event, data);
      for (const key of touched.stale) stale.set(hashKey(key), key);
      for (const id of touched.rows) rows.add(id);
      if (touched.lists) lists = touched.lists === "all" ? "all" : (lists ?? "head");
      if (touched.stale.length || touched.rows.length || touched.lists) flush();
    },
    onReload: () => void client.invalidateQueries(),
    close: () => flush.cancel(),
  };
}

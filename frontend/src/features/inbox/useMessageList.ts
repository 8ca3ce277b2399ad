/** The rows of a list, by pages, kept live at its head and where it is looked at. */
import { useInfiniteQuery, useQueryClient, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { listMessages } from "../../lib/api";
import { keys } from "../../lib/keys";
import { headNews } from "../../lib/live";
import {
  countAbove,
  endedTail,
  flatten,
  mergeBelowTop,
  mergeHead,
  mergePage,
  PAGE_ROWS,
  pagesBetween,
  replaceTail,
  type RowPages,
  type Rows,
} from "../../lib/pages";
import type { MessageFilter, MessageItem } from "../../lib/types";

const FIRST_PAGE = 100;
const ROUNDS_MAX = 6;

const noRows: MessageItem[] = [];

/** What arrived while the reader was further down. */
interface Held {
  page: Rows;
  count: number;
}

/** Waits for a load under way: when it ends, it puts its own rows over what was merged since. */
async function untilQuiet(client: QueryClient, key: QueryKey): Promise<void> {
  const query = client.getQueryCache().find({ queryKey: key, exact: true });
  while (query?.state.fetchStatus === "fetching") await query.promise?.catch(() => undefined);
}

/** A last page that had ended may have more behind it. */
async function lookAtTail(client: QueryClient, filter: MessageFilter, signal: AbortSignal): Promise<void> {
  const key = keys.list(filter);
  const cursor = endedTail(client.getQueryData<RowPages>(key));
  if (!cursor) return;
  const tail = await listMessages(filter, cursor, PAGE_ROWS, signal);
  await untilQuiet(client, key);
  client.setQueryData<RowPages>(key, (data) =>
    data && !signal.aborted && endedTail(data) === cursor ? replaceTail(data, tail) : data,
  );
}

/** One look at a time; a call that comes meanwhile is one more look. */
function oneAtATime(look: () => Promise<void>, signal: AbortSignal): () => void {
  let busy = false;
  let again = false;
  const run = async (): Promise<void> => {
    again = true;
    if (busy) return;
    busy = true;
    while (again && !signal.aborted) {
      again = false;
      // A look that fails changes nothing: the next one, or the reader's own load, will tell.
      await look().catch(() => undefined);
    }
    busy = false;
  };
  return () => void run();
}

/** Where the reader is. */
export interface View {
  isAtTop: () => boolean;
  /** The first and the last row on screen. */
  rowsShown: () => { first: string; last: string } | null;
}

/** By the cursor of a page: how much news there was when it was loaded. */
type Ages = Map<string | null, number>;

/** The first page on screen, but the head, that is older than the news. */
function findOldPage(data: RowPages, view: View, ages: Ages): number | undefined {
  const shown = view.rowsShown();
  return shown
    ? pagesBetween(data, shown.first, shown.last).find(
        (index) => index > 0 && (ages.get(data.pageParams[index] ?? null) ?? -1) < headNews.get(),
      )
    : undefined;
}

/**
 * Mail that is decided out of order comes in where it belongs: pages on screen that are older
 * than the news are loaded anew. A page that grew brings another one on screen, so it is done
 * until all are young; the rounds are bounded against a flood.
 */
async function lookAtView(client: QueryClient, filter: MessageFilter, view: View, ages: Ages, signal: AbortSignal): Promise<void> {
  const key = keys.list(filter);
  for (let round = 0; round < ROUNDS_MAX && !signal.aborted; round++) {
    const data = client.getQueryData<RowPages>(key);
    const index = data && findOldPage(data, view, ages);
    if (!data || index === undefined) return;
    const param = data.pageParams[index] ?? null;
    const news = headNews.get();
    const page = await listMessages(filter, param, PAGE_ROWS, signal);
    await untilQuiet(client, key);
    ages.set(param, news);
    client.setQueryData<RowPages>(key, (now) => {
      const place = now?.pageParams.indexOf(param) ?? -1;
      return now && place > 0 && !signal.aborted ? mergePage(now, place, page) : now;
    });
  }
}

/**
 * Looks at the list whenever there is news of it: at its head and at what is on screen. At the
 * top new rows come in at once; for a reader further down those above all others are held back.
 */
function useLiveRows(filter: MessageFilter, view: View, ages: Ages) {
  const client = useQueryClient();
  const [held, setHeld] = useState<Held | null>(null);
  const lookAgain = useRef<() => void>(() => undefined);

  const take = useCallback(
    (page: Rows) => {
      client.setQueryData<RowPages>(keys.list(filter), (data) => mergeHead(data, page));
      setHeld(null);
    },
    [client, filter],
  );

  useEffect(() => {
    const key = keys.list(filter);
    const stop = new AbortController();
    let seen = headNews.get();
    const lookAtHead = async (): Promise<void> => {
      const page = await listMessages(filter, null, FIRST_PAGE, stop.signal);
      await untilQuiet(client, key);
      const data = client.getQueryData<RowPages>(key);
      if (stop.signal.aborted || !data) return;
      if (view.isAtTop()) return take(page);
      const count = countAbove(data, page);
      client.setQueryData<RowPages>(key, (now) => now && mergeBelowTop(now, page));
      if (count > 0) setHeld({ page, count });
    };
    const look = async (): Promise<void> => {
      const news = headNews.get();
      if (news !== seen) {
        await lookAtHead();
        await lookAtTail(client, filter, stop.signal);
        seen = news;
      }
      await lookAtView(client, filter, view, ages, stop.signal);
    };
    const run = oneAtATime(look, stop.signal);
    const unsubscribe = headNews.subscribe(run);
    lookAgain.current = run;
    return () => {
      unsubscribe();
      stop.abort();
      setHeld(null);
      lookAgain.current = () => undefined;
    };
  }, [client, filter, view, ages, take]);

  return { held, take, onView: useCallback(() => lookAgain.current(), []) };
}

export function useMessageList(filter: MessageFilter, view: View) {
  // Of this filter: another one is another list.
  const ages = useMemo<Ages>(() => new Map(), [filter]); // eslint-disable-line react-hooks/exhaustive-deps
  const query = useInfiniteQuery({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) => {
      ages.set(pageParam, headNews.get());
      return listMessages(filter, pageParam, pageParam ? PAGE_ROWS : FIRST_PAGE, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    select: flatten,
  });
  const { held, take, onView } = useLiveRows(filter, view, ages);
  const rows = query.data ?? noRows;
  const { fetchNextPage, hasNextPage, isFetching } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetching]);
  return {
    rows,
    query,
    loadMore,
    onView,
    heldCount: held?.count ?? 0,
    showHeld: () => held && take(held.page),
  };
}

export type MessageList = ReturnType<typeof useMessageList>;

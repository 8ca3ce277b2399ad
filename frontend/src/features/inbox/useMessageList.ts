/** The rows of a list, by pages, kept live at its head. */
import { useInfiniteQuery, useQueryClient, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { listMessages } from "../../lib/api";
import { keys } from "../../lib/keys";
import { headNews } from "../../lib/live";
import {
  countAbove,
  endedTail,
  flatten,
  mergeHead,
  replaceTail,
  type RowPages,
  type Rows,
} from "../../lib/pages";
import type { MessageFilter, MessageItem } from "../../lib/types";

const FIRST_PAGE = 100;
const NEXT_PAGES = 200;

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
  const tail = await listMessages(filter, cursor, NEXT_PAGES, signal);
  await untilQuiet(client, key);
  client.setQueryData<RowPages>(key, (data) =>
    data && !signal.aborted && endedTail(data) === cursor ? replaceTail(data, tail) : data,
  );
}

/** One look at a time; news that comes meanwhile is one more look. */
function onNews(look: () => Promise<void>, signal: AbortSignal): () => void {
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
  return headNews.subscribe(() => void run());
}

/**
 * Looks at the head of the list whenever there is news of it. At the top the rows come in at
 * once; further down they are held back, so that nothing moves under the eye.
 */
function useLiveHead(filter: MessageFilter, isAtTop: () => boolean) {
  const client = useQueryClient();
  const [held, setHeld] = useState<Held | null>(null);

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
    const look = async (): Promise<void> => {
      const page = await listMessages(filter, null, FIRST_PAGE, stop.signal);
      await untilQuiet(client, key);
      const data = client.getQueryData<RowPages>(key);
      if (stop.signal.aborted || !data) return;
      const count = countAbove(data, page);
      if (isAtTop()) take(page);
      else if (count > 0) setHeld({ page, count });
      await lookAtTail(client, filter, stop.signal);
    };
    const unsubscribe = onNews(look, stop.signal);
    return () => {
      unsubscribe();
      stop.abort();
      setHeld(null);
    };
  }, [client, filter, isAtTop, take]);

  return { held, take };
}

export function useMessageList(filter: MessageFilter, isAtTop: () => boolean) {
  const query = useInfiniteQuery({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      listMessages(filter, pageParam, pageParam ? NEXT_PAGES : FIRST_PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    select: flatten,
  });
  const { held, take } = useLiveHead(filter, isAtTop);
  const rows = query.data ?? noRows;
  const { fetchNextPage, hasNextPage, isFetching } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetching]);
  return {
    rows,
    query,
    loadMore,
    heldCount: held?.count ?? 0,
    showHeld: () => held && take(held.page),
  };
}

export type MessageList = ReturnType<typeof useMessageList>;

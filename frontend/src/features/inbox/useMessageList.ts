/** The rows of a list, by pages, kept live at its head. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
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
import { useStore } from "../../lib/store";
import type { MessageFilter, MessageItem } from "../../lib/types";

const FIRST_PAGE = 100;
const NEXT_PAGES = 200;

const noRows: MessageItem[] = [];

/** What arrived while the reader was further down. */
interface Held {
  page: Rows;
  count: number;
}

/**
 * Looks at the head of the list whenever there is news of it. At the top the rows come in at
 * once; further down they are held back, so that nothing moves under the eye.
 */
function useLiveHead(filter: MessageFilter, isAtTop: () => boolean) {
  const client = useQueryClient();
  const news = useStore(headNews);
  const seen = useRef(news);
  const [held, setHeld] = useState<Held | null>(null);
  const key = keys.list(filter);

  const take = useCallback(
    (page: Rows) => {
      client.setQueryData<RowPages>(key, (data) => mergeHead(data, page));
      setHeld(null);
    },
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key is made of the filter
    [client, filter],
  );

  useEffect(() => setHeld(null), [filter]);

  useEffect(() => {
    if (news === seen.current) return;
    seen.current = news;
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      const page = await listMessages(filter, null, FIRST_PAGE, stop.signal);
      const data = client.getQueryData<RowPages>(key);
      if (stop.signal.aborted || !data) return;
      const count = countAbove(data, page);
      if (isAtTop()) take(page);
      else if (count > 0) setHeld({ page, count });
      const tail = endedTail(data);
      if (!tail) return;
      const last = await listMessages(filter, tail, NEXT_PAGES, stop.signal);
      if (stop.signal.aborted) return;
      client.setQueryData<RowPages>(key, (now) => (now && endedTail(now) === tail ? replaceTail(now, last) : now));
    };
    // A look that fails changes nothing: the next news or the reader's own load shows it.
    look().catch(() => undefined);
    return () => stop.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- looks once for each news
  }, [news]);

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

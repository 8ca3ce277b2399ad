/** The list with its bar, its states, and the pill for what arrived further up. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { countMessages, listAccounts } from "../../lib/api";
import { Empty, Loading, Refused } from "../../lib/components/States";
import { keys } from "../../lib/keys";
import { categoryLabels } from "../../lib/labels";
import type { Counts, MessageFilter, MessageItem } from "../../lib/types";
import { ListBar } from "./ListBar";
import { MessageRows } from "./MessageRows";
import { useMessageList, type View } from "./useMessageList";
import classes from "./Inbox.module.css";

interface Props {
  filter: MessageFilter;
  selectedId: string | null;
  openId: string | null;
  searchRef: RefObject<HTMLInputElement | null>;
  onFilter: (filter: Partial<MessageFilter>) => void;
  onOpen: (id: string) => void;
  /** The rows as they stand, for keys that move among them. */
  onRows: (rows: MessageItem[]) => void;
}

export const useCounts = () =>
  useQuery({ queryKey: keys.counts, queryFn: ({ signal }) => countMessages(signal) });

/** The present minute, so that "14:05" becomes a day at midnight. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Nothing({ filter, counts }: { filter: MessageFilter; counts: Counts | undefined }) {
  if (filter.q) return <Empty icon="search" title={`Nothing found for “${filter.q}”`} />;
  if (counts && counts.waiting > 0) {
    return (
      <Empty icon="inbox" title="Reading your mail">
        The newest messages appear here as soon as they are decided.
      </Empty>
    );
  }
  const where = filter.category ? ` in ${categoryLabels[filter.category]}` : "";
  return <Empty icon="inbox" title={filter.unread ? `Nothing unread${where}` : `No mail${where}`} />;
}

function listLabel(filter: MessageFilter): string {
  if (filter.q) return `Messages found for ${filter.q}`;
  return filter.category ? categoryLabels[filter.category] : "All mail";
}

export function Inbox({ filter, selectedId, openId, searchRef, onFilter, onOpen, onRows }: Props) {
  const atTop = useRef(true);
  const shown = useRef<{ first: string; last: string } | null>(null);
  const view = useMemo<View>(() => ({ isAtTop: () => atTop.current, rowsShown: () => shown.current }), []);
  const list = useMessageList(filter, view);
  const counts = useCounts();
  const accounts = useQuery({ queryKey: keys.accounts, queryFn: ({ signal }) => listAccounts(signal) });
  const now = useNow();
  const area = useRef<HTMLElement>(null);
  const { rows, query } = list;
  useEffect(() => onRows(rows), [rows, onRows]);
  useEffect(() => {
    atTop.current = true;
    shown.current = null;
  }, [filter]);

  const toTop = (): void => {
    list.showHeld();
    area.current?.querySelector("[data-scroller]")?.scrollTo({ top: 0 });
  };
  const onTop = (top: boolean): void => {
    atTop.current = top;
    if (top) list.showHeld();
  };

  const { onView } = list;
  const onShown = useCallback(
    (first: string, last: string): void => {
      shown.current = { first, last };
      onView();
    },
    [onView],
  );

  return (
    <section ref={area} className={classes.inbox} aria-label="Inbox">
      <ListBar
        filter={filter}
        accounts={accounts.data ?? []}
        counts={counts.data}
        searchRef={searchRef}
        onFilter={onFilter}
      />
      {list.heldCount > 0 && (
        <button type="button" className={classes.pill} onClick={toTop}>
          ↑ {list.heldCount} new
        </button>
      )}
      {query.isPending && <Loading what="messages" />}
      {query.isError && rows.length === 0 && (
        <Refused error={query.error} what="The messages" onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && rows.length === 0 && <Nothing filter={filter} counts={counts.data} />}
      {rows.length > 0 && (
        <MessageRows
          key={JSON.stringify(filter)}
          rows={rows}
          now={now}
          selectedId={selectedId}
          openId={openId}
          label={listLabel(filter)}
          onTop={onTop}
          onShown={onShown}
          onNearEnd={list.loadMore}
          onOpen={onOpen}
        />
      )}
    </section>
  );
}

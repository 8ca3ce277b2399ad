/** The list, the open message and what stands beside it, and the keys that move among them. */
import { useComputedColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { DraftsBeside } from "../features/drafts/DraftsBeside";
import { Inbox } from "../features/inbox/Inbox";
import { MessageView } from "../features/message/MessageView";
import { TasksBeside } from "../features/tasks/TasksBeside";
import { categoryLabels } from "../lib/labels";
import { findRow } from "../lib/live";
import { useChangeMessage } from "../lib/messages";
import { useShortcuts } from "../lib/shortcuts";
import type { ByteRange } from "../lib/text";
import { categories, type Category, type MessageFilter, type MessageItem } from "../lib/types";
import { go, type Route } from "./route";
import classes from "./MailPage.module.css";

type MailRoute = Extract<Route, { page: "inbox" }>;

/** Where the keys are: the open message, else a row of its own. */
function useCursor(place: MailRoute) {
  const [rows, setRows] = useState<MessageItem[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const at = place.message ?? cursor;
  const lastIndex = useRef(0);
  const index = rows.findIndex((row) => row.id === at);
  useEffect(() => {
    if (index >= 0) lastIndex.current = index;
  }, [index]);
  useEffect(() => {
    if (place.message) setCursor(place.message);
  }, [place.message]);

  /** The row that stands `by` further; where the current one has left, its place counts. */
  const step = (by: 1 | -1): string | null => {
    if (rows.length === 0) return null;
    const from = index >= 0 ? index + by : at === null ? 0 : lastIndex.current;
    return rows[Math.min(Math.max(from, 0), rows.length - 1)]?.id ?? null;
  };
  return { at, setRows, setCursor, step };
}

function useActions(id: string | null) {
  const client = useQueryClient();
  const { mutate } = useChangeMessage();
  const row = (): MessageItem | undefined => (id ? findRow(client, id) : undefined);
  return {
    moveTo(category: Category): void {
      const message = row();
      if (!id || message?.category === category) return;
      mutate({ id, patch: { category }, text: `Moved to ${categoryLabels[category]}` });
    },
    toggleUnread(): void {
      const message = row();
      if (!message) return;
      const unread = !message.unread;
      mutate({ id: message.id, patch: { unread }, text: unread ? "Marked as unread" : "Marked as read" });
    },
  };
}

interface Props {
  place: MailRoute;
  searchRef: RefObject<HTMLInputElement | null>;
}

export function MailPage({ place, searchRef }: Props) {
  const { at, setRows, setCursor, step } = useCursor(place);
  const { moveTo, toggleUnread } = useActions(at);
  const [mark, setMark] = useState<ByteRange | null>(null);
  const [whyShown, setWhyShown] = useState(false);
  const dark = useComputedColorScheme("light") === "dark";
  const open = place.message;
  useEffect(() => setMark(null), [open]);

  // The filter keeps its identity while its values stay, so that lists need not look twice.
  const filterText = JSON.stringify(place.filter);
  const filter = useMemo(() => JSON.parse(filterText) as MessageFilter, [filterText]);

  const show = useCallback(
    (id: string | null, replace = false) => go({ page: "inbox", filter, message: id }, replace),
    [filter],
  );
  const move = (by: 1 | -1): void => {
    const next = step(by);
    if (open && next) show(next, true);
    else setCursor(next);
  };
  const onFilter = useCallback(
    (change: Partial<MessageFilter>) => go({ page: "inbox", filter: { ...filter, ...change }, message: null }),
    [filter],
  );

  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => at && show(at),
    o: () => at && show(at),
    Escape: open ? () => show(null) : undefined,
    u: toggleUnread,
    ".": () => setWhyShown((shown) => !shown),
    ...Object.fromEntries(categories.map((category, i) => [String(i + 1), () => moveTo(category)])),
  });

  return (
    <main className={classes.mail} data-reading={open ? true : undefined}>
      <Inbox
        filter={filter}
        selectedId={at}
        openId={open}
        searchRef={searchRef}
        onFilter={onFilter}
        onOpen={(id) => show(id, open !== null)}
        onRows={setRows}
      />
      {open && (
        <MessageView
          id={open}
          dark={dark}
          mark={mark}
          onUnmark={() => setMark(null)}
          whyShown={whyShown}
          onWhy={() => setWhyShown(!whyShown)}
          onCategory={moveTo}
          onToggleUnread={toggleUnread}
          onMove={move}
          onClose={() => show(null)}
          beside={
            <>
              <TasksBeside messageId={open} onShow={setMark} />
              <DraftsBeside messageId={open} />
            </>
          }
        />
      )}
    </main>
  );
}

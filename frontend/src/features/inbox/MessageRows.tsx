/** The virtual list: only what is on screen is in the page. */
import { useElementSize } from "@mantine/hooks";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";
import type { MessageItem } from "../../lib/types";
import { MessageRow } from "./MessageRow";
import classes from "./MessageRows.module.css";

const LINE_PX = 38;
const BLOCK_PX = 70;
/** The width below which a row is a block; MessageRow.module.css has the same. */
const NARROW_PX = 720;
const AHEAD = 40;

interface Props {
  rows: MessageItem[];
  now: Date;
  selectedId: string | null;
  openId: string | null;
  label: string;
  /** Told whether the top is in view. */
  onTop: (atTop: boolean) => void;
  /** Told which rows are on screen. */
  onShown: (firstId: string, lastId: string) => void;
  onNearEnd: () => void;
  onOpen: (id: string) => void;
}

type Rows = Virtualizer<HTMLDivElement, Element>;

/** Keeps the selected row in view when the selection moves, not when rows arrive. */
function useFollow(virtual: Rows, index: number, selectedId: string | null) {
  const last = useRef(selectedId);
  useEffect(() => {
    if (selectedId === last.current) return;
    last.current = selectedId;
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [virtual, index, selectedId]);
}

/** What is in view stays there when rows come in above it or go; at the top they come into view. */
function useAnchor(scroller: RefObject<HTMLDivElement | null>, rows: MessageItem[], rowPx: number) {
  const last = useRef({ rows, rowPx });
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { rows, rowPx };
    const top = scroller.current?.scrollTop ?? 0;
    if (before.rows === rows || before.rowPx !== rowPx || top < rowPx / 2) return;
    const index = Math.floor(top / rowPx);
    const id = before.rows[index]?.id;
    if (!scroller.current || rows[index]?.id === id) return;
    const now = rows.findIndex((row) => row.id === id);
    if (now >= 0) scroller.current.scrollTop = top + (now - index) * rowPx;
  }, [scroller, rows, rowPx]);
}

/** When the rows take another form, what was in view stays there: the selected row, else the first. */
function useKeepPlace(virtual: Rows, rowPx: number, index: number) {
  const last = useRef({ rowPx, first: 0 });
  useEffect(() => {
    const { rowPx: before, first } = last.current;
    if (before === rowPx) {
      last.current.first = virtual.range?.startIndex ?? 0;
      return;
    }
    last.current.rowPx = rowPx;
    virtual.measure();
    // The list gets its new height with the next frame.
    requestAnimationFrame(() => {
      if (index >= 0) virtual.scrollToIndex(index, { align: "center" });
      else virtual.scrollToIndex(first, { align: "start" });
    });
  });
}

export function MessageRows({ rows, now, selectedId, openId, label, onTop, onShown, onNearEnd, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement | null>(null);
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const rowPx = width > NARROW_PX ? LINE_PX : BLOCK_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const selectedIndex = rows.findIndex((row) => row.id === selectedId);
  useKeepPlace(virtual, rowPx, selectedIndex);
  useFollow(virtual, selectedIndex, selectedId);
  useAnchor(scroller, rows, rowPx);
  const items = virtual.getVirtualItems();
  const firstId = rows[virtual.range?.startIndex ?? 0]?.id;
  const lastId = rows[virtual.range?.endIndex ?? 0]?.id;
  useEffect(() => {
    if (firstId && lastId) onShown(firstId, lastId);
  }, [firstId, lastId, onShown]);
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - AHEAD) onNearEnd();
  }, [lastShown, rows.length, onNearEnd]);
  return (
    <div
      ref={(element) => {
        scroller.current = element;
        sizeRef(element);
      }}
      className={classes.scroller}
      onScroll={(event) => onTop(event.currentTarget.scrollTop < rowPx / 2)}
      data-scroller
    >
      <div
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={selectedId ? `row-${selectedId}` : undefined}
        className={classes.space}
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index] as MessageItem;
          return (
            <div
              key={item.key}
              role="presentation"
              className={classes.slot}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <MessageRow
                row={row}
                now={now}
                selected={row.id === selectedId}
                open={row.id === openId}
                onOpen={onOpen}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

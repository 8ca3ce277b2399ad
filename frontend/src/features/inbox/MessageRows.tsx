/** The virtual list: only what is on screen is in the page. */
import { useElementSize } from "@mantine/hooks";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
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

export function MessageRows({ rows, now, selectedId, openId, label, onTop, onNearEnd, onOpen }: Props) {
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
  const items = virtual.getVirtualItems();
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

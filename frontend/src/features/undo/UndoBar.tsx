/** The last change with the way back, for half a minute; or what the server refused. */
import { Button, CloseButton, Kbd } from "@mantine/core";
import { useEffect } from "react";
import { useStore } from "../../lib/store";
import { notice, said, UNDO_SHOWN_MS, undoable } from "../../lib/undo";
import classes from "./UndoBar.module.css";

const NOTICE_SHOWN_MS = 8_000;

function useFade(value: unknown, shownMs: number, clear: () => void): void {
  useEffect(() => {
    if (value === null) return;
    const timer = setTimeout(clear, shownMs);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one fade for each value
  }, [value, shownMs]);
}

export function UndoBar({ onUndo }: { onUndo: () => void }) {
  const change = useStore(undoable);
  const told = useStore(notice);
  const clear = (): void => {
    undoable.set(null);
    notice.set(null);
  };
  useFade(change, UNDO_SHOWN_MS, () => undoable.set(null));
  useFade(told, NOTICE_SHOWN_MS, () => notice.set(null));
  if (!change && !told) return null;
  return (
    <div className={classes.bar} role={told?.refused ? "alert" : "status"} data-refused={told?.refused || undefined}>
      <span className={classes.text}>{told?.text ?? (change && said(change))}</span>
      {change && !told && (
        <Button size="compact-sm" variant="white" color="dark" rightSection={<Kbd size="xs">z</Kbd>} onClick={onUndo}>
          {change.isUndo ? "Redo" : "Undo"}
        </Button>
      )}
      <CloseButton size="sm" variant="transparent" c="inherit" aria-label="Close" onClick={clear} />
    </div>
  );
}

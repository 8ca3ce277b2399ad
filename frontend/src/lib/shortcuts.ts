/** Keys. A key means nothing while someone writes, or with a modifier other than shift. */
import { useEffect, useRef } from "react";

export type Shortcuts = Record<string, (() => void) | undefined>;

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

const isCovered = (): boolean => document.querySelector("[role=dialog], [role=menu]") !== null;

/** Enter and Space belong to the button that has the focus. */
function isPress(event: KeyboardEvent): boolean {
  const on = event.target instanceof HTMLElement ? event.target.closest("button, a[href]") : null;
  return on !== null && (event.key === "Enter" || event.key === " ");
}

export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isWriting(event.target) || isCovered() || isPress(event)) return;
      const work = current.current[event.key];
      if (!work) return;
      event.preventDefault();
      work();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

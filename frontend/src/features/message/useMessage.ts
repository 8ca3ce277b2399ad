/** One message, and reading it. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { explainMessage, getMessage } from "../../lib/api";
import { keys } from "../../lib/keys";
import { useChangeMessage } from "../../lib/messages";
import type { Message } from "../../lib/types";

export const useMessage = (id: string) =>
  useQuery({ queryKey: keys.message(id), queryFn: ({ signal }) => getMessage(id, signal) });

export const useExplanation = (id: string) =>
  useQuery({ queryKey: keys.explanation(id), queryFn: ({ signal }) => explainMessage(id, signal) });

/** Opening a message reads it, once: who marks it unread again means it. */
export function useMarkRead(message: Message | undefined): void {
  const { mutate } = useChangeMessage();
  const done = useRef<string | null>(null);
  const id = message?.id;
  const unread = message?.unread;
  useEffect(() => {
    if (!id || done.current === id) return;
    done.current = id;
    if (unread) mutate({ id, patch: { unread: false }, text: null });
  }, [id, unread, mutate]);
}

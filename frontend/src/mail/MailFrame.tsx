/**
 * The only place that shows foreign HTML: a sandboxed frame of an origin of its own, without
 * scripts and forms, under a policy that loads nothing. Links open in a new window.
 */
import { useEffect, useMemo, useRef } from "react";
import { mailPage } from "./page";
import type { SafeHtml } from "./policy";
import classes from "./MailFrame.module.css";

interface Props {
  mail: SafeHtml;
  remote: boolean;
  dark: boolean;
  title: string;
}

/** The keys belong to the app again as soon as the pointer leaves the mail. */
function useKeysBack() {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const giveBack = (): void => {
      if (document.activeElement === frame.current) frame.current?.blur();
    };
    document.addEventListener("pointermove", giveBack);
    return () => document.removeEventListener("pointermove", giveBack);
  }, []);
  return frame;
}

export function MailFrame({ mail, remote, dark, title }: Props) {
  const frame = useKeysBack();
  const asDark = dark && !mail.coloured;
  const page = useMemo(
    () => mailPage(mail.html, { remote, dark: asDark, painted: mail.painted }),
    [mail, remote, asDark],
  );
  return (
    <iframe
      ref={frame}
      className={classes.frame}
      data-paper={dark && !asDark ? "white" : undefined}
      title={title}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      srcDoc={page}
    />
  );
}

/** The body: as it was sent, in the frame, or its text with quotes folded. */
import { Button } from "@mantine/core";
import { Fragment, useEffect, useMemo, useRef, useState } from "react";
import { linksOf, passagesOf, type ByteRange, type Passage, type Piece } from "../../lib/text";
import type { Message } from "../../lib/types";
import { MailFrame } from "../../mail/MailFrame";
import { sanitise } from "../../mail/policy";
import classes from "./Body.module.css";

interface Props {
  message: Message;
  mode: "html" | "text";
  dark: boolean;
  mark: ByteRange | null;
}

function HtmlBody({ message, dark }: { message: Message; dark: boolean }) {
  const [remote, setRemote] = useState(false);
  const mail = useMemo(() => sanitise(message.html, remote), [message.html, remote]);
  return (
    <>
      {mail.waiting > 0 && (
        <div className={classes.remote}>
          <span>Remote images are off: loading them tells the sender.</span>
          <Button size="compact-xs" variant="default" onClick={() => setRemote(true)}>
            Show remote images
          </Button>
        </div>
      )}
      <MailFrame mail={mail} remote={remote} dark={dark} title={`Message: ${message.subject}`} />
    </>
  );
}

function Words({ piece }: { piece: Piece }) {
  const parts = linksOf(piece.text).map(({ text, href }, i) =>
    href ? (
      <a key={i} href={href} target="_blank" rel="noopener noreferrer">
        {text}
      </a>
    ) : (
      <Fragment key={i}>{text}</Fragment>
    ),
  );
  return piece.marked ? <mark>{parts}</mark> : <>{parts}</>;
}

const folded: Record<string, string> = {
  quote: "Quoted text",
  signature: "Signature",
  disclaimer: "Legal notice",
  footer: "Footer",
};

function PassageText({ passage }: { passage: Passage }) {
  const words = passage.pieces.map((piece, i) => <Words key={i} piece={piece} />);
  const isMarked = passage.pieces.some((piece) => piece.marked);
  if (passage.kind === "own" || passage.kind === "signature") {
    return <div className={passage.kind === "own" ? undefined : classes.aside}>{words}</div>;
  }
  return (
    <details className={classes.fold} open={isMarked || undefined}>
      <summary>{folded[passage.kind] ?? passage.kind}</summary>
      <div>{words}</div>
    </details>
  );
}

function TextBody({ message, mark }: { message: Message; mark: ByteRange | null }) {
  const area = useRef<HTMLDivElement>(null);
  const passages = useMemo(
    () => passagesOf(message.text, message.zones, mark),
    [message.text, message.zones, mark],
  );
  useEffect(() => {
    if (mark) area.current?.querySelector("mark")?.scrollIntoView({ block: "center" });
  }, [mark]);
  return (
    <div ref={area} className={classes.text} tabIndex={0} role="document" aria-label="Text of the message">
      {message.text === "" && !message.truncated && <p className={classes.aside}>This message has no text.</p>}
      {passages.map((passage, i) => (
        <PassageText key={i} passage={passage} />
      ))}
    </div>
  );
}

export function Body({ message, mode, dark, mark }: Props) {
  return (
    <>
      {message.truncated && (
        <p className={classes.truncated} role="note">
          This message is longer than what is kept here; the mail itself is whole where it lies.
        </p>
      )}
      {mode === "html" ? (
        <HtmlBody message={message} dark={dark} />
      ) : (
        <TextBody message={message} mark={mark} />
      )}
    </>
  );
}

/** The reader: who wrote, what, and beside it why it is here. */
import { ActionIcon, Tooltip, UnstyledButton } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { Icon } from "../../lib/components/icons";
import { Loading, Refused } from "../../lib/components/States";
import { noSubject } from "../../lib/labels";
import type { ByteRange } from "../../lib/text";
import type { Category, Message } from "../../lib/types";
import { Attachments } from "./Attachments";
import { Body } from "./Body";
import { CategoryMenu } from "./CategoryMenu";
import { People } from "./People";
import { useMarkRead, useMessage } from "./useMessage";
import { WhyHere } from "./WhyHere";
import classes from "./MessageView.module.css";

interface Props {
  id: string;
  dark: boolean;
  /** A part of the text to be shown. */
  mark: ByteRange | null;
  onUnmark: () => void;
  /** Panels between the text and the reasons. */
  beside: ReactNode;
  whyShown: boolean;
  onWhy: () => void;
  onCategory: (category: Category) => void;
  onToggleUnread: () => void;
  onMove: (by: 1 | -1) => void;
  onClose: () => void;
}

interface ToolProps {
  icon: Parameters<typeof Icon>[0]["name"];
  label: string;
  hotkey: string;
  pressed?: boolean;
  className?: string | undefined;
  onClick: () => void;
}

function Tool({ icon, label, hotkey, pressed, className, onClick }: ToolProps) {
  return (
    <Tooltip label={`${label} (${hotkey})`} openDelay={500}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-pressed={pressed}
        {...(className ? { className } : {})}
        onClick={onClick}
      >
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

function Toolbar({ message, ...props }: { message: Message | undefined } & Props) {
  return (
    <div className={classes.toolbar} role="toolbar" aria-label="Message">
      <Tool icon="close" label="Close" hotkey="Esc" onClick={props.onClose} />
      <Tool icon="down" label="Next message" hotkey="j" onClick={() => props.onMove(1)} />
      <Tool icon="up" label="Previous message" hotkey="k" onClick={() => props.onMove(-1)} />
      <span className={classes.gap} />
      {message && (
        <>
          <CategoryMenu category={message.category} onChoose={props.onCategory} />
          <Tool
            icon={message.unread ? "read" : "unread"}
            label={message.unread ? "Mark as read" : "Mark as unread"}
            hotkey="u"
            onClick={props.onToggleUnread}
          />
        </>
      )}
      <Tool
        icon="why"
        label="Why here"
        hotkey="."
        pressed={props.whyShown}
        className={classes.whyTool}
        onClick={props.onWhy}
      />
    </div>
  );
}

type WholeProps = Pick<Props, "dark" | "mark" | "onUnmark"> & { message: Message };

function Whole({ message, dark, mark, onUnmark }: WholeProps) {
  const [wanted, setWanted] = useState<"html" | "text">("html");
  const hasHtml = message.html !== "";
  const mode = hasHtml && wanted === "html" && !mark ? "html" : "text";
  const choose = (form: "html" | "text"): void => {
    setWanted(form);
    onUnmark();
  };
  return (
    <>
      <header className={classes.head}>
        <h1>
          <bdi>{message.subject || noSubject}</bdi>
        </h1>
        <People message={message} />
        <Attachments attachments={message.attachments} />
        {hasHtml && (
          <div className={classes.modes} role="group" aria-label="Form of the message">
            {(["html", "text"] as const).map((each) => (
              <UnstyledButton key={each} aria-pressed={mode === each} onClick={() => choose(each)}>
                {each === "html" ? "As sent" : "Text alone"}
              </UnstyledButton>
            ))}
          </div>
        )}
      </header>
      <Body message={message} mode={mode} dark={dark} mark={mark} />
    </>
  );
}

export function MessageView(props: Props) {
  const { id, dark, mark, onUnmark, beside, whyShown, onCategory } = props;
  const query = useMessage(id);
  useMarkRead(query.data);
  return (
    <article className={classes.reader} aria-label={query.data?.subject ?? "Message"} data-why={whyShown || undefined}>
      <Toolbar {...props} message={query.data} />
      <div className={classes.columns}>
        <div className={classes.main}>
          {query.isPending && <Loading what="the message" />}
          {query.isError && !query.data && (
            <Refused error={query.error} what="The message" onRetry={() => void query.refetch()} />
          )}
          {query.data && <Whole key={id} message={query.data} dark={dark} mark={mark} onUnmark={onUnmark} />}
        </div>
        <aside className={classes.aside} aria-label="Beside the message">
          {query.data && (
            <>
              {beside}
              <WhyHere id={id} onCategory={onCategory} />
            </>
          )}
        </aside>
      </div>
    </article>
  );
}

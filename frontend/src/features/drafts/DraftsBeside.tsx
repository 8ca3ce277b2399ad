/** The answers that are prepared for the message. */
import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { listDrafts } from "../../lib/api";
import { Icon } from "../../lib/components/icons";
import { Panel } from "../../lib/components/Panel";
import { keys } from "../../lib/keys";
import type { Draft } from "../../lib/types";
import classes from "./DraftsBeside.module.css";

function DraftText({ draft }: { draft: Draft }) {
  return (
    <div className={classes.draft}>
      <div className={classes.kind}>
        <span title={draft.rule}>{draft.kind.replace(/[-_]/g, " ")}</span>
        <CopyButton value={draft.body} timeout={2000}>
          {({ copied, copy }) => (
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<Icon name={copied ? "check" : "copy"} size={12} />}
              onClick={copy}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
      <pre lang={draft.language || undefined}>{draft.body}</pre>
    </div>
  );
}

export function DraftsBeside({ messageId }: { messageId: string }) {
  const { data, error } = useQuery({
    queryKey: keys.draftsOf(messageId),
    queryFn: ({ signal }) => listDrafts(messageId, signal),
  });
  if (error && !data) return <Panel title="Prepared answers">{error.message}</Panel>;
  if (!data || data.length === 0) return null;
  return (
    <Panel title={data.length === 1 ? "Prepared answer" : "Prepared answers"}>
      {data.map((draft) => (
        <DraftText key={draft.id} draft={draft} />
      ))}
    </Panel>
  );
}

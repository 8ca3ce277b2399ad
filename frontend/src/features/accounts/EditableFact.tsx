/** A fact with its origin, that the owner may set right. */
import { Autocomplete, Button, TextInput, UnstyledButton } from "@mantine/core";
import { useState, type FormEvent } from "react";
import classes from "./AccountsPage.module.css";

interface Props {
  label: string;
  value: string;
  /** "given", "found in the mail" */
  origin: string;
  more?: string[];
  choices?: string[];
  onSave: (value: string) => Promise<unknown>;
}

function Editor({ label, value, choices, onSave, onEnd }: Props & { onEnd: () => void }) {
  const [text, setText] = useState(value);
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await onSave(text.trim());
      onEnd();
    } catch (error) {
      setRefused(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  const shared = { size: "xs", "aria-label": label, value: text, error: refused || null, required: true, autoFocus: true };
  return (
    <form className={classes.editor} onSubmit={(event) => void submit(event)}>
      {choices ? (
        <Autocomplete {...shared} data={choices} limit={30} onChange={setText} />
      ) : (
        <TextInput {...shared} maxLength={320} onChange={(event) => setText(event.currentTarget.value)} />
      )}
      <Button size="xs" type="submit" loading={busy}>
        Save
      </Button>
      <Button size="xs" variant="default" onClick={onEnd}>
        Cancel
      </Button>
    </form>
  );
}

export function EditableFact(props: Props) {
  const [editing, setEditing] = useState(false);
  const { label, value, origin, more } = props;
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {editing ? (
          <Editor {...props} onEnd={() => setEditing(false)} />
        ) : (
          <>
            <span title={more?.length ? `also ${more.join(", ")}` : undefined}>{value || "not known yet"}</span>
            {value && <small>{origin}</small>}
            <UnstyledButton aria-label={`Change: ${label}`} className={classes.change} onClick={() => setEditing(true)}>
              change
            </UnstyledButton>
          </>
        )}
      </dd>
    </>
  );
}

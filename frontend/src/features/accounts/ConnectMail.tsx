/** Reading mail from one more place on the server. */
import { Alert, Button, NativeSelect, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Problem } from "../../lib/http";
import type { NewAccount } from "../../lib/types";
import classes from "./AccountsPage.module.css";

const kinds = [
  { value: "maildir", label: "Maildir", path: "/home/you/Maildir" },
  { value: "mbox", label: "mbox file", path: "/home/you/mail.mbox" },
  { value: "eml", label: "Folder of .eml files", path: "/home/you/mails" },
];

interface Props {
  busy: boolean;
  error: Error | null;
  onConnect: (account: NewAccount, done: () => void) => void;
}

function lastPart(path: string): string {
  return path.split("/").findLast((part) => part !== "") ?? "Mail";
}

export function ConnectMail({ busy, error, onConnect }: Props) {
  const [kind, setKind] = useState("maildir");
  const [path, setPath] = useState("");
  const [name, setName] = useState("");
  const field = error instanceof Problem ? error.field : null;

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const account = { name: name.trim() || lastPart(path), kind, options: { path: path.trim() } };
    onConnect(account, () => {
      setPath("");
      setName("");
    });
  };

  return (
    <section className={classes.card} aria-label="Connect mail">
      <h2>Connect mail</h2>
      <p>Mail is only read where it lies, never changed. The path is one on the server.</p>
      <form className={classes.connect} onSubmit={submit}>
        <NativeSelect label="Kind" data={kinds} value={kind} onChange={(event) => setKind(event.currentTarget.value)} />
        <TextInput
          label="Path"
          required
          placeholder={kinds.find(({ value }) => value === kind)?.path}
          value={path}
          error={field === "options"}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          placeholder={path ? lastPart(path) : "Mail"}
          maxLength={200}
          value={name}
          error={field === "name"}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          Connect
        </Button>
      </form>
      {error && (
        <Alert color="red" variant="light" role="alert" mt="sm" p="xs">
          {error.message}
        </Alert>
      )}
    </section>
  );
}

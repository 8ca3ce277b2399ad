/** For who comes without a link. */
import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Problem } from "../../lib/http";
import { signIn } from "../../lib/session";
import classes from "./SignIn.module.css";

/** `problem`: why the link or the earlier sign-in is of no use. */
export function SignIn({ problem }: { problem: Problem | null }) {
  const [refused, setRefused] = useState<Problem | null>(null);
  const shown = refused ?? problem;
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setRefused(error);
      setBusy(false);
    }
  };

  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={(event) => void submit(event)} aria-label="Sign in">
        <img src="/jackdaw.svg" alt="" width={44} height={44} />
        <h1>Jackdaw</h1>
        {shown && (
          <Alert color="red" variant="light" role="alert" w="100%" p="xs">
            {shown.message}
          </Alert>
        )}
        <TextInput name="username" label="Name" autoComplete="username" required autoFocus maxLength={200} />
        <PasswordInput name="password" label="Password" autoComplete="current-password" required maxLength={1000} />
        <Button type="submit" fullWidth loading={busy}>
          Sign in
        </Button>
        <p>
          Or start the server again, or run <code>jackdaw user link admin</code>: each prints a link that signs you in
          once.
        </p>
      </form>
    </main>
  );
}

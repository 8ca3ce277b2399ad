/** Runs `work` at once, then at most once in `pauseMs`: calls meanwhile become one. */
export interface Throttled {
  (): void;
  cancel(): void;
}

export function throttle(work: () => void, pauseMs: number): Throttled {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let again = false;
  const run = (): void => {
    again = false;
    timer = setTimeout(() => {
      timer = null;
      if (again) run();
    }, pauseMs);
    work();
  };
  const call = (): void => {
    if (timer === null) run();
    else again = true;
  };
  return Object.assign(call, {
    cancel(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      again = false;
    },
  });
}

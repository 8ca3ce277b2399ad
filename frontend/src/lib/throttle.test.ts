import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { throttle } from "./throttle";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("works at once, then at most once in its pause, and never forgets the last call", () => {
  const work = vi.fn();
  const call = throttle(work, 500);
  for (let ms = 0; ms < 2000; ms += 10) {
    call();
    vi.advanceTimersByTime(10);
  }
  expect(work).toHaveBeenCalledTimes(5);
  vi.advanceTimersByTime(5000);
  expect(work.mock.calls.length).toBeLessThanOrEqual(6);
  call();
  expect(work.mock.calls.length).toBeGreaterThanOrEqual(6);
});

it("does nothing more once it is cancelled", () => {
  const work = vi.fn();
  const call = throttle(work, 500);
  call();
  call();
  call.cancel();
  vi.advanceTimersByTime(5000);
  expect(work).toHaveBeenCalledTimes(1);
});

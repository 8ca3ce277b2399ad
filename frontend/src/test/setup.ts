/** What jsdom lacks of a browser. */
import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
});

window.matchMedia = (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
  }) as unknown as MediaQueryList;

window.ResizeObserver = class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};

Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;

/* A page of 1200 by 800, so that a virtual list has something to fill. */
Object.defineProperty(Element.prototype, "clientHeight", { get: () => 800 });
Object.defineProperty(Element.prototype, "clientWidth", { get: () => 1200 });

import { describe, expect, it } from "vitest";
import { posesAsAnother } from "./labels";

describe("a name like an address", () => {
  it.each([
    ["security@bank.example", "a@evil.example", true],
    ["Bank <security@bank.example>", "a@evil.example", true],
    ["security＠bank.example", "a@evil.example", true],
    ["a@evil.example (security@bank.example)", "a@evil.example", true],
    ["A@Evil.example", "a@evil.example", false],
    ["'a@evil.example'", "a@evil.example", false],
    ["Robin @ work", "robin@example.org", false],
    ["Robin", "robin@example.org", false],
    ["", "robin@example.org", false],
  ])("%s of %s: %s", (name, address, poses) => {
    expect(posesAsAnother({ name, address })).toBe(poses);
  });
});

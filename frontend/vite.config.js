import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Lays FILE.gz beside each text file of the build: the gateway sends it as it is. */
function precompress() {
  let dir;
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      dir = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const file of await readdir(dir, { recursive: true })) {
        if (!/\.(html|js|css|svg|json)$/.test(file)) continue;
        const bytes = await readFile(join(dir, file));
        const packed = await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION });
        if (packed.length < bytes.length) await writeFile(join(dir, `${file}.gz`), packed);
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 900 },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: process.env.JACKDAW_URL ?? "http://127.0.0.1:8420", ws: true } },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    css: false,
  },
});

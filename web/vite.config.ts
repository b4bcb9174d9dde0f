import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/neuroscope/web",
    emptyOutDir: true,
    // Cornerstone3D with vtk.js is one lazy chunk of about 3 MB; only the reading room fetches it.
    chunkSizeWarningLimit: 3500,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["vitest.setup.ts"],
    testTimeout: 60_000,
    restoreMocks: true,
    unstubGlobals: true,
    coverage: {
      provider: "v8",
      reporter: ["text-summary"],
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/e2e/**", "src/client/schema.ts", "src/**/*.test.{ts,tsx}", "src/main.tsx"],
    },
  },
});

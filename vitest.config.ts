import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'emulators/**/*.test.ts',
      'test/**/*.test.ts',
      // Too long for the gate at any scale: make soak.
      ...(process.env.PM_AGENT_SOAK === '1' ? ['test/**/*.soak.ts'] : []),
    ],
    globalSetup: ['test/services.ts'],
    testTimeout: 120_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/vitest.json' }]]
      : ['default'],
  },
});

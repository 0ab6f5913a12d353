#!/usr/bin/env node
// The one launcher of a checkout and of the published package. It is JavaScript on purpose: Node strips no types below
// node_modules, and when every .ts file comes from the compile cache, the stripper is never loaded (20 MB and 60 ms).
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

enableCompileCache();
const source = new URL('../src/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : '../dist/src/cli/main.js');

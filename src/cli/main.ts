#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// The types of every file are stripped at each start unless the result is kept; half of the start-up time.
enableCompileCache();

const { runCli } = await import('./program.ts');
process.exitCode = await runCli(process.argv);

#!/usr/bin/env node
// The published program: built JavaScript, because Node strips no types below node_modules.
import '../dist/src/cli/main.js';

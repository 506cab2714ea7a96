import { afterAll } from 'vitest';
import { startEmbeddedMachine } from '../support/embedded-machine.ts';
import { describeEngine } from './describe-engine.ts';

const machine = startEmbeddedMachine({ env: { SRUNX_EMBEDDED_CPUS: '16' } });
afterAll(() => machine[Symbol.asyncDispose]());

describeEngine('the embedded cluster', async () => machine.connect());

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseAssociations, parseQosLimits } from './account-limits.ts';
import { parseControllerClock, parsePing } from './controller-state.ts';
import { parseElapsed, parseTimeLimitInput, parseTimeLimitOutput } from './duration.ts';
import { parseExitStatus } from './exit-status.ts';
import { parseEndings } from './job-endings.ts';
import { parseJobId, parseJobIdList, parseTaskSet } from './job-id.ts';
import { findStateName, parseJobState } from './job-state.ts';
import { parseKeyValues } from './key-values.ts';
import { expandLogPattern } from './log-pattern.ts';
import { matchesJobId } from './match-job-id.ts';
import { parseMemoryInput, parseMemoryOutput } from './memory.ts';
import { countNodes, expandNodeList, foldNodeList } from './node-list.ts';
import { parseNodeState } from './node-state.ts';
import { parseNodeTestReport } from './node-test.ts';
import { parsePartitionLimits } from './partition-limits.ts';
import { parseReservations } from './reservations.ts';
import { parseSacct } from './sacct.ts';
import { clusterFacts, parseScontrolConfig, parseVersion } from './scontrol-config.ts';
import { parseSinfo } from './sinfo.ts';
import { classifySlurmError } from './slurm-error.ts';
import { parseSqueue } from './squeue.ts';
import { parseEpoch } from './timestamp.ts';
import { countGpus, parseCount, parseGres } from './tres.ts';

const marks = { field: '|', record: ';' };

/** Every parser of Slurm's text. Whatever a cluster prints is data. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseElapsed,
  parseTimeLimitOutput,
  parseExitStatus,
  parseJobId,
  parseTaskSet: (text) => [parseTaskSet(text), parseTaskSet(text, { truncated: true })],
  parseJobState: (text) => [parseJobState(text), parseJobState(text.split('+'))],
  findStateName,
  expandLogPattern: (text) => expandLogPattern(text, { jobId: text, arrayJobId: '1', name: text, slurmVersion: text }),
  matchesJobId: (text) => [
    matchesJobId({ jobId: text, rawId: text }, '1_[1-3]'),
    matchesJobId({ jobId: '1_[0-4294967295:7]', rawId: '1' }, text),
  ],
  parseMemoryOutput,
  expandNodeList,
  countNodes,
  foldNodeList: (text) => foldNodeList(text.split(',')),
  parseNodeState,
  parseKeyValues,
  parsePartitionLimits: (text) => [parsePartitionLimits(text), parsePartitionLimits(`PartitionName=${text}`)],
  parseAssociations,
  parseQosLimits,
  parsePing,
  parseControllerClock,
  parseEndings: (text) => parseEndings(text, { mark: '|' }),
  parseNodeTestReport,
  parseReservations: (text) => [parseReservations(text), parseReservations(`ReservationName=${text}`)],
  parseSinfo: (text) => parseSinfo(text, { marks, fields: ['NodeList', 'Partition', 'Gres', 'Reason'] }),
  parseSacct: (text) => parseSacct(text, { mark: '|' }),
  parseSqueue: (text) => parseSqueue(text, { marks, fields: ['JobArrayID', 'State', 'tres-alloc', 'Name'] }),
  clusterFacts: (text) => clusterFacts(parseScontrolConfig(text)),
  parseVersion,
  classifySlurmError: (text) => classifySlurmError({ command: text, exitCode: 1, stderr: text }),
  parseEpoch,
  parseCount,
  parseGres,
  countGpus,
};

/** Parsers of what people write: they refuse with a usage error, and with nothing else. */
const inputParsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseTimeLimitInput,
  parseMemoryInput,
  parseJobIdList,
};

/** Pieces of Slurm's grammars, so that the random text comes near to being right. */
const pieces = fc.constantFrom(
  ...[
    '1',
    '12',
    '007',
    '4294967295',
    '99999999999999999999',
    '_',
    '[',
    ']',
    '-',
    ',',
    ':',
    '%',
    '+',
    '.',
    '=',
    '(',
    ')',
  ],
  ...['gpu', 'gres/', 'gres:', '(IDX:', '(null)', '...', 'K', 'G', 'UNLIMITED', 'CANCELLED by ', 'RUNNING', 'batch'],
  ...[
    '|',
    ';',
    '|\n',
    ';\n',
    '\n',
    '\0',
    ' ',
    '\\',
    '日本語',
    '\u{FFFD}',
    '\ud800',
    '$(x)',
    '*',
    '~',
    'idle',
    '__proto__',
  ],
);
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 24 }).map((list) => list.join('')),
);

describe('never throws', () => {
  it.each(Object.entries(parsers))('%s', (_, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        parse(text);
      }),
      { numRuns: 400 },
    );
  });

  it.each(Object.entries(inputParsers))('%s, but for a usage error', (_, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('stays quick on long hostile text', () => {
  const long = 20_000;
  it.each(Object.entries(parsers))('%s', (_, parse) => {
    for (const unit of ['1', '[', '(', ',', '|', ';\n', '|\n', '1-2,', '%1', '\\', ' ', '+', '[1-2]', 'gpu:', 'n1']) {
      const startedAt = performance.now();
      parse(unit.repeat(long));
      // Far above what a linear parser takes, far below what a quadratic or exponential one would.
      expect(performance.now() - startedAt, unit).toBeLessThan(2_000);
    }
  });
});

/**
 * What the failure of a job means to the others.
 *
 * | Strategy | Meaning |
 * |---|---|
 * | keep-going | what waits for its success is skipped, all else goes on |
 * | ignore | it counts as success |
 * | finish | what has not started does not start any more |
 * | terminate | everything ends |
 */
export const errorStrategies = ['keep-going', 'ignore', 'finish', 'terminate'] as const;
export type ErrorStrategy = (typeof errorStrategies)[number];

/** Whether other jobs end with it. */
export function stopsOthers(strategy: ErrorStrategy | undefined): strategy is 'finish' | 'terminate' {
  return strategy === 'finish' || strategy === 'terminate';
}

/** What is said where nobody says anything. */
export const defaultStrategy: ErrorStrategy = 'keep-going';

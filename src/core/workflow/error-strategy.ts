/**
 * What the failure of a job means to the others.
 *
 * | Strategy | Meaning |
 * |---|---|
 * | keep-going | what waits for its success is skipped, all else goes on |
 * | ignore | it counts as success |
 */
export const errorStrategies = ['keep-going', 'ignore'] as const;
export type ErrorStrategy = (typeof errorStrategies)[number];

/** What is said where nobody says anything. */
export const defaultStrategy: ErrorStrategy = 'keep-going';

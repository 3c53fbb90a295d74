import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { LANES } from './lanes.ts';

/**
 * Starts the longest lane first, so that no long file runs alone at the end. Within a lane the order is vitest's: by the
 * durations of the last run, else by size.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project }: TestSpecification) => LANES.findIndex((lane) => lane === project.name);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

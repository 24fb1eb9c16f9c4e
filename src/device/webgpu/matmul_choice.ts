import {
  type MatmulClass,
  matmulClasses,
  type MatmulTable,
  type MatmulVariant,
  matmulVariants,
} from "../../../kernels/matmul_variants.ts";

/** What the kernels took for a product. */
export interface MatmulTiming {
  /** What the product stands for. */
  readonly class: MatmulClass;
  /** Of each kernel, the least of several. */
  readonly milliseconds: Readonly<Record<MatmulVariant, number>>;
}

/** Share of the usual kernel's time that another must stay under, so that noise does not choose. */
const CLEARLY = 0.95;

/**
 * The fastest kernel of each class, by the sum over what was timed of it. The usual one stays where no other
 * is clearly faster, and where nothing was timed.
 */
export function chooseVariants(timings: readonly MatmulTiming[], usual: MatmulTable): MatmulTable {
  return Object.fromEntries(matmulClasses.map((name) => {
    const times = timings.filter((timing) => timing.class === name).map(({ milliseconds }) => milliseconds);
    const took = (variant: MatmulVariant) => times.reduce((sum, time) => sum + time[variant], 0);
    const fastest = matmulVariants.reduce((best, variant) => took(variant) < took(best) ? variant : best);
    return [name, took(fastest) < CLEARLY * took(usual[name]) ? fastest : usual[name]];
  })) as MatmulTable;
}
